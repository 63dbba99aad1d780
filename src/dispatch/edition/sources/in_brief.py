"""The title line of an In Brief box, in the many names that newsrooms give it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Names as an editor would print them; a line in capitals takes this spelling.
_NAMES = """
In Brief; In Short; News in Brief; Briefly; World in Brief; Quick Read; At a Glance; The Week in Brief; In a Nutshell
En bref; En résumé; L’essentiel; En un coup d’œil; À retenir; Ce qu’il faut retenir
Kurz gefasst; Auf einen Blick; Kurz und knapp; Kurz & knapp
In Kürze; Kurz notiert; Das Wichtigste in Kürze; Kurzmeldungen; Im Überblick
En breve; En resumen; En pocas palabras; En síntesis; De un vistazo; Lo esencial; Claves; Las claves
In breve; In sintesi; In pillole; Em resumo; Em síntese; Em poucas palavras; Resumo
Kort; In het kort; Kort samengevat; Kort nieuws; I korthet; Kort sagt
Kort fortalt; Kort om; I korte træk; Oppsummert; Lyhyesti; Stutt
En breu; W skrócie; Krótko; Ve zkratce; Stručně; V skratke; Röviden; Pe scurt; Na kratko; Ukratko; Накратко; Укратко
Коротко; Вкратце; Кратко; Главное; Стисло; Коротко про головне; Με λίγα λόγια
Εν συντομία; Συνοπτικά; Kısaca; Özetle; Lühidalt; Īsumā; Trumpai
باختصار; بإيجاز; في سطور; موجز; موجز الأخبار; الخلاصة; به اختصار; خلاصه; مختصر; בקצרה; בקיצור; על קצה המזלג; תקציר
要点; 要點; 简讯; 簡訊; 简报; 速览; 一览; 一言で; ひとことで; 要約; まとめ; 短信; 요약; 한눈에; 간추린 뉴스; 단신
संक्षेप में; সংক্ষেপে; சுருக்கமாக; Tóm tắt; Tóm lược; Sekilas; Singkatnya; Secara ringkas; สรุป; โดยสรุป
"""
# Names that also head ordinary sections and labelled points: they count alone in their line, or with a bar.
_COMMON_NAMES = """
Key Points; Key Facts; Key Takeaways; Takeaways; The Takeaway; Quick Facts
Fast Facts; Fact Box; Factbox; Fact File; Just the Facts
The Bottom Line; Bottom Line; Need to Know; What to Know; What You Need to Know
The Short Version; The Gist; Briefs; Short Takes
Les points clés; Repères; Faktenbox; Zahlen und Fakten; Die wichtigsten Punkte
Puntos clave; Punti chiave; Pontos principais; Kerncijfers; Fakta
"""
_LONGEST_TITLE = 90
_MOST_TITLE_WORDS = 12
_MOST_LABEL_WORDS = 4

_WRAPPING = re.compile(r"^\s*(?:#{1,6}\s+)?(.*?)(?:\s+#{1,6})?\s*$", re.DOTALL)
_WRAPPERS = (("***", "***"), ("**", "**"), ("__", "__"), ("*", "*"), ("_", "_"), ("[", "]"), ("【", "】"), ("|", "|"))
_BAR = re.compile(r"\s*[|｜¦]\s*")
_SEPARATOR = re.compile(r"\s*[:：|｜¦]\s*|\s+[-–—·•]\s+|\s*—\s*")
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", "؟", ",", ";")


@dataclass(frozen=True, slots=True)
class InBriefTitle:
    """``label`` is the box's own name in ordinary case, ``title`` what follows it as written (``""``: nothing does).

    ``named`` is false where only the form "LABEL | TITLE" speaks for a box: ``label`` is then as written too, and the
    caller wants short items below before it believes.
    """

    label: str
    title: str
    named: bool = True


def in_brief_title(line: str) -> InBriefTitle | None:
    """``line`` as the title of an In Brief box, or ``None``.

    Recognises a box's name alone ("IN BRIEF", "## En bref", "**Kurz gefasst:**") or with a title behind a bar, colon or
    dash, in any case; and "LABEL | TITLE" in capitals under any name. A name that opens a sentence is no title.
    """
    if len(line) > 2 * _LONGEST_TITLE:
        return None
    text = _unwrapped(line)
    alone = _printed(text.rstrip(":： |｜"), _ALL)
    if alone:
        return InBriefTitle(alone, "")
    separator = _SEPARATOR.search(text)
    if separator is None:
        return None
    name, title = text[: separator.start()].strip(), text[separator.end() :].strip().strip("|｜").strip()
    if not name or not _is_title(title):
        return None
    bar = _BAR.fullmatch(separator[0]) is not None
    label = _printed(name, _ALL if bar or text.isupper() else _OWN)
    if label:
        return InBriefTitle(label, title)
    return _under_any_name(name, title) if bar and text.isupper() and "|" not in title else None


def _under_any_name(name: str, title: str) -> InBriefTitle | None:
    if len(name.split()) > _MOST_LABEL_WORDS:
        return None
    return InBriefTitle(name, title, named=False)


def _unwrapped(line: str) -> str:
    """The line without Markdown's heading marks, emphasis, brackets and boxes drawn of bars."""
    match = _WRAPPING.match(line)
    text = (match[1] if match else line).strip()
    for opening, closing in _WRAPPERS:
        if text.startswith(opening) and text.endswith(closing) and len(text) > len(opening) + len(closing):
            text = text[len(opening) : -len(closing)].strip()
    return text


def _is_title(title: str) -> bool:
    return (
        0 < len(title) <= _LONGEST_TITLE
        and len(title.split()) <= _MOST_TITLE_WORDS
        and (not title.endswith(_SENTENCE_END) or title.endswith("?"))
    )


def _key(name: str) -> str:
    """Equal for spellings that differ in case, accents (Greek capitals have none), hyphens or apostrophes."""
    bare = "".join(
        char for char in unicodedata.normalize("NFKD", name) if unicodedata.category(char) not in ("Mn", "Cf")
    )
    return " ".join(bare.upper().replace("-", " ").replace("'", "’").split())


def _printed(name: str, names: dict[str, str]) -> str | None:
    """The name as written, or as an editor prints it where it is written in capitals."""
    printed = names.get(_key(name))
    if printed is None:
        return None
    # Capitals that lost their accents ("EN RESUME") stay as they are: recasing never changes a letter.
    return printed if (name.isupper() or name.islower()) and printed.casefold() == name.casefold() else name


def _table(names: str) -> dict[str, str]:
    return {_key(name): name.strip() for name in re.split(r"[;\n]", names) if name.strip()}


_OWN = _table(_NAMES)
_ALL = _OWN | _table(_COMMON_NAMES)
