"""Datelines: where, and sometimes when and by whom, before the dash that opens a dispatch."""

from __future__ import annotations

import re

from dispatch.edition.sources.wire.words import ends_sentence, has_case, without_spaces, word_table

_LONGEST = 90
_DASH = re.compile(r"\s*(?:[—–―]+|\s-{1,2}|--|(?<=\))\.?-{1,2}|\.\s?-|(?<=/)\.)(?:\s+|$)|\s*(?:[—―]|--)\s*(?=\S)")
_BRACKETS = re.compile(r"[\[【(（]([^\])】）]{2,40})[\])】）]\s*")
_BRACKET_DATELINE = re.compile(r".*(?:[=＝/]|\d日.{0,3}[电電]|[电電訊讯]$).*")
_XINHUA = re.compile(r"(?:新华社|中新社|中央社|共同社)[^\s。，]{2,24}?[电電]\s*")
_AGENCY = re.compile(r"\s*(?:\([^()]{2,40}\)|（[^（）]{2,40}）|/[^/]{2,30}/)\.?")
_AGENCY_BEHIND = re.compile(
    r"(?:РИА Новости|(?:ИТАР-)?ТАСС|Интерфакс(?:-[^\W\d_]+)?|Укринформ|УНИАН|БЕЛТА|Reuters|AFP|AP|dpa|EFE|ANSA"
    r"|APA|PTI|ANI)\.\s+(?=\S)"
)
"""An agency that names itself behind the dash ("МОСКВА, 5 янв — РИА Новости. …") belongs to the dateline."""
_MONTH = (
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|ene|abr|ago|dic|fév|févr|avr|avril|juin|juil"
    r"|août|déc|gen|mag|giu|lug|set|ott|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек|يناير|فبراير|مارس|أبريل"
    r"|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر)[^\W\d_]*\.?"
)
_DATE = re.compile(
    r"[,.،]?\s*(?:le\s+|den\s+|el\s+)?(?:"
    rf"(?:{_MONTH}\s+\d{{1,2}}|\d{{1,2}}\.?\s+(?:de\s+)?{_MONTH})(?:,?\s+(?:de\s+)?\d{{4}})?"
    r"|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d\d-\d\d)\.?",
    re.IGNORECASE,
)
_CAPITAL_WORD = re.compile(r"[^\W\d_a-z][^\W\d_]*(?:[.’'\-][^\W\d_]+)*\.?")
_STATE = re.compile(r"\s*,\s*[^\W\d_]\w*\.?(?:[ .]\w+\.?){0,3}")
_NO_PLACES = word_table(
    """
    BREAKING UPDATE UPDATED EXCLUSIVE ANALYSIS CORRECTION CORRECTED WATCH LIVE VIDEO OPINION NOTE ALERT URGENT
    FACTBOX EXPLAINER TIMELINE SPECIAL FEATURE INTERVIEW COMMENT EDITORIAL NEWS EILMELDUNG URGENTE FLASH
    KORREKTUR MISE NATO US USA UK UN EU WHO IMF AI GDP CEO FBI CIA NASA OPEC G7 G20 COVID ECB NEW IN ON AT THE A
    AN BY FOR OF TO NOTE PS
    """
)
_CITY_NAMES = """
    amsterdam; ankara; athen; athens; bagdad; baghdad; bangkok; barcelona; beijing; beirut; belgrade; berlin;
    bern; bogota; bo gotá; bonn; boston; brasilia; brasília; brussels; brüssel; bruxelles; bucharest; budapest;
    buenos aires; cairo; canberra; caracas; chicago; copenhagen; dakar; damascus; delhi; doha; dubai; dublin;
    düsseldorf; edinburgh; frankfurt; gaza; geneva; genf; genève; hamburg; hanoi; havana; helsinki; hong kong;
    houston; islamabad; istanbul; jakar ta; jerusalem; johannesburg; kabul; kairo; karlsruhe; khartoum; kiew;
    kinshasa; köln; kuala lumpur; kyiv; la haye; lagos; lausanne; leipzig; lima; lisbon; lisboa; ljubljana;
    london; londres; los angeles; luxembourg; lyon; madrid; manila; marseille; melbourne; mexico city; miami;
    milan; milano; minsk; montreal; montréal; moscow; moskau; moscou; mumbai; munich; münchen; nairobi; new
    delhi; new york; nicosia; oslo; ottawa; paris; peking; prague; praha; pretoria; quito; rabat; reykjavik;
    riga; riyadh; rom; rome; roma; rio de janeiro; san francisco; santiago; são paulo; sarajevo; seoul;
    shanghai; singapore; skopje; sofia; stockholm; strasbourg; straßburg; stuttgart; sydney; taipei; tallinn;
    tehran; teheran; tel aviv; the hague; den haag; tokyo; tokio; toronto; tripoli; tunis; valletta; vancouver;
    vienna; vilnius; warsaw; warschau; warszawa; washingto n; wien; wellington; zagreb; zürich; zurich
"""
_CITIES = frozenset(" ".join(name.split()) for name in _CITY_NAMES.split(";"))


def split_dateline(text: str) -> tuple[str, str] | None:
    """What stands before the dash, word for word, and the paragraph after it; ``None`` where no dateline stands.

    ``("WASHINGTON (Reuters)", "The …")`` for "WASHINGTON (Reuters) - The …"; the dash alone is dropped.
    """
    bracketed = _bracketed(text)
    if bracketed:
        return bracketed
    for dash in _DASH.finditer(text, 0, _LONGEST):
        place, rest = text[: dash.start()].strip(), text[dash.end() :].strip()
        if rest.startswith("(") and _DASH.search(rest, 0, _LONGEST):
            continue  # "LOS ANGELES--(BUSINESS WIRE)--Acme": the agency stands between dashes
        if place and _is_lede(rest, dash[0]) and _is_place(place, rest):
            agency = _AGENCY_BEHIND.match(rest)
            end = dash.end() + agency.end() if agency else dash.start()
            return text[:end].strip(), rest[agency.end() :] if agency else rest
    return None


def starts_with_dateline(text: str) -> bool:
    """Whether a line opens with a dateline that cannot be mistaken: a place in capitals, or with an agency."""
    split = split_dateline(text)
    if split is None:
        return False
    place = split[0].split()[0].strip(",.")
    return (place.isupper() and len(place) > 2) or _AGENCY.search(split[0]) is not None


def is_date(text: str) -> bool:
    """Whether a line is nothing but a date ("5 January 2026", "Updated Nov. 3, 2026")."""
    bare = re.sub(r"^[^\W\d]+[:,]?\s+", "", text, count=1)
    return any(_DATE.fullmatch(form.strip()) for form in (text, bare))


def _bracketed(text: str) -> tuple[str, str] | None:
    """ "【ワシントン＝田中】", "(서울=연합뉴스)", "新华社北京1月5日电": datelines without a dash."""
    xinhua = _XINHUA.match(text)
    if xinhua:
        return xinhua[0].strip(), text[xinhua.end() :]
    bracket = _BRACKETS.match(text)
    inside = bracket[1].strip() if bracket else ""
    if bracket is None or not (inside and _BRACKET_DATELINE.fullmatch(inside)):
        return None
    return (inside, text[bracket.end() :]) if any(ord(char) > 0x2E7F for char in inside) else None


def _is_lede(rest: str, dash: str) -> bool:
    """A dateline opens a paragraph (its text may begin in the next line), not a headline or a list's head."""
    spaced = dash != dash.strip()
    enough = (20 if without_spaces(rest[:1]) else 40) if spaced else 60
    return not rest or ends_sentence(rest[-8:]) or len(rest) >= enough


def _is_place(place: str, rest: str) -> bool:
    bare, agency = _cut_off(place, _AGENCY)
    bare, dated = _cut_off(bare, _DATE)
    if agency and not dated:
        bare, dated = _cut_off(bare, _DATE)
    if not agency:
        bare, agency = _cut_off(bare, _AGENCY)
    bare = bare.strip(" ,.،-–—")
    if (
        not any(char.isalpha() for char in bare)
        or any(char.isdigit() for char in bare)
        or any(char in '“”"«»:;?!' for char in bare)
    ):
        return False
    if not has_case(bare):
        return _is_uncased_place(bare, sure=agency or dated)
    if rest and rest[0].islower():
        return False
    return _is_capital_place(bare, sure=agency) or _is_named_place(bare, sure=agency or dated)


def _cut_off(place: str, tail: re.Pattern[str]) -> tuple[str, bool]:
    """``place`` without the last match of ``tail`` at its end."""
    for match in tail.finditer(place):
        if match.end() == len(place) and match.start() > 0:
            return place[: match.start()], True
    return place, False


def _is_uncased_place(bare: str, *, sure: bool) -> bool:
    if without_spaces(bare[0]):
        return len(bare) <= (12 if sure else 6)
    return len(bare.split()) <= (6 if sure else 2 + bare.count("/") + bare.count("،"))


def _is_capital_place(bare: str, *, sure: bool) -> bool:
    """ "OTTAWA/BEIJING", "MEXICO, MO", "WINSTON-SALEM, N.C.", "BOSTON, Mass."."""
    city = _STATE.sub("", bare)
    words = [word for word in re.split(r"[\s/,&]+(?:(?:and|et|und|y|e)\s)?", city) if word]
    if not words or len(words) > 6 or not all(_CAPITAL_WORD.fullmatch(word) for word in words):
        return False
    capitals = [word for word in words if word.upper() == word]
    if len(capitals) < len(words) and not (len(capitals) * 2 > len(words)):
        return False
    return sure or (words[0].strip(".") not in _NO_PLACES and len(city) > 2)


def _is_named_place(bare: str, *, sure: bool) -> bool:
    """ "Paris", "Moskau/Kiew", "Springfield, Ill." with an agency or a date."""
    places = [part.strip().lower() for part in re.split(r"[/,]", bare)]
    if places[0] in _CITIES:
        return all(part in _CITIES for part in places) or sure
    words = bare.replace("/", " ").split()
    return (
        sure
        and len(words) <= 4
        and all(word[0].isupper() or word.lower() in ("de", "la", "am", "of") for word in words)
    )
