"""The language of a text, by its script and its small words; and the direction it runs."""

# ruff: noqa: E501 - a sentence in each language, whole

from __future__ import annotations

import pytest

from dispatch.edition.language import detect_language, direction_of, resolve_language

TEXTS = {
    "en": "The talks were described as candid, and the ministers said that they will meet again in the spring.",
    "fr": "Les ministres ont déclaré que les discussions étaient franches et qu’ils se reverront au printemps dans la capitale.",
    "de": "Die Minister erklärten, dass die Gespräche offen waren und sie sich im Frühjahr wieder in der Hauptstadt treffen.",
    "es": "Los ministros dijeron que las conversaciones fueron francas y que se reunirán de nuevo en la capital este año.",
    "pt": "Os ministros disseram que as conversas foram francas e que não haverá outra reunião na capital até ao verão.",
    "it": "I ministri hanno detto che i colloqui sono stati franchi e che si incontreranno di nuovo nella capitale.",
    "nl": "De ministers zeiden dat het gesprek open was en dat ze elkaar in het voorjaar weer zullen ontmoeten.",
    "sv": "Ministrarna sade att samtalen var öppna och att de ska träffas igen till våren, men inte i huvudstaden.",
    "da": "Ministrene sagde, at samtalerne var åbne, og at de mødes igen til foråret, men ikke i hovedstaden af hensyn til freden.",
    "nb": "Ministrene sa at samtalene var åpne, og at de møtes igjen til våren, men ikke i hovedstaden av hensyn til å få fred.",
    "fi": "Ministerit sanoivat, että keskustelut olivat avoimia ja että he tapaavat jälleen keväällä, mutta ei pääkaupungissa.",
    "pl": "Ministrowie powiedzieli, że rozmowy były szczere i że spotkają się ponownie na wiosnę, ale nie w stolicy.",
    "cs": "Ministři řekli, že rozhovory byly otevřené a že se na jaře znovu setkají, ale ne v hlavním městě.",
    "hu": "A miniszterek szerint a tárgyalások őszinték voltak, és tavasszal újra találkoznak, de nem a fővárosban.",
    "ro": "Miniștrii au spus că discuțiile au fost sincere și că se vor întâlni din nou în primăvară, dar nu în capitală.",
    "tr": "Bakanlar görüşmelerin açık olduğunu ve ilkbaharda yeniden bir araya geleceklerini söyledi, ancak bu başkentte değil.",
    "id": "Para menteri mengatakan bahwa pembicaraan itu terbuka dan mereka akan bertemu lagi pada musim semi di ibu kota.",
    "vi": "Các bộ trưởng cho biết cuộc hội đàm thẳng thắn và họ sẽ gặp lại nhau vào mùa xuân, nhưng không phải ở thủ đô.",
    "ca": "Els ministres van dir que les converses van ser franques i que es tornaran a trobar a la capital aquest any amb més temps.",
    "ru": "Министры заявили, что переговоры были откровенными и что они встретятся снова весной, но не в столице.",
    "uk": "Міністри заявили, що переговори були відвертими і що вони зустрінуться знову навесні, але не в столиці.",
    "bg": "Министрите заявиха, че разговорите са били откровени и че ще се срещнат отново през пролетта, но не в столицата.",
    "el": "Οι υπουργοί δήλωσαν ότι οι συνομιλίες ήταν ειλικρινείς.",
    "ar": "قال الوزراء إن المحادثات كانت صريحة وإنهم سيلتقون مرة أخرى في الربيع.",
    "fa": "وزیران گفتند که گفتگوها صریح بود و آنها در بهار دوباره دیدار می‌کنند و این را به مردم گفتند.",
    "ur": "وزراء نے کہا کہ بات چیت کھل کر ہوئی اور وہ بہار میں دوبارہ ملیں گے۔",
    "he": "השרים אמרו כי השיחות היו כנות וכי ייפגשו שוב באביב.",
    "zh-Hans": "部长们说会谈是坦率的，他们将在春天再次会面。",
    "zh-Hant": "部長們說會談是坦率的，他們將在春天再次會面，這對兩國都很重要。",
    "ja": "大臣らは会談は率直だったと述べ、春に再び会うという。",
    "ko": "장관들은 회담이 솔직했다고 말했다.",
    "hi": "मंत्रियों ने कहा कि बातचीत खुलकर हुई और वे वसंत में फिर मिलेंगे।",
    "th": "รัฐมนตรีกล่าวว่าการเจรจาเป็นไปอย่างตรงไปตรงมา",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items())
def test_knows_the_language(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    "text",
    ["", "12 345 – 67", "Xyzzy plugh", "NATO", "https://example.org/", "a) x = 1, y = 2; o i a y", "Y a y a y a y"],
)
def test_says_nothing_where_nothing_is_plain(text: str) -> None:
    assert detect_language(text) is None


def test_names_in_latin_letters_do_not_hide_the_script() -> None:
    assert detect_language("قالت Microsoft Corporation إن Windows متاح في السوق منذ العام الماضي") == "ar"


@pytest.mark.parametrize(
    ("tag", "direction"),
    [
        ("ar", "rtl"), ("ar-EG", "rtl"), ("he", "rtl"), ("fa_IR", "rtl"), ("ur", "rtl"), ("yi", "rtl"), ("ps", "rtl"),
        ("sd", "rtl"), ("ckb", "rtl"), ("dv", "rtl"), ("ug", "rtl"), ("az-Arab", "rtl"), ("ks-Arab-IN", "rtl"),
        ("en", "ltr"), ("ar-Latn", "ltr"), ("zh-Hant", "ltr"), ("de-AT", "ltr"), ("HE", "rtl"),
    ],
)  # fmt: skip
def test_direction_follows_language_and_script(tag: str, direction: str) -> None:
    assert direction_of(tag) == direction


@pytest.mark.parametrize(
    ("front", "settings", "text", "language"),
    [
        ("no", "en", "en", "no"),
        ("en", "de", "ar", "en"),
        (None, "de", "en", "de"),
        (None, "en-GB", "ar", "ar"),
        (None, "ar", "en", "en"),
        (None, "ja", "zh-Hans", "ja"),
        (None, "ru", "uk", "ru"),
        (None, "sr", "ru", "sr"),
        (None, None, "fr", "fr"),
    ],
)
def test_the_author_wins_then_settings_then_the_text(
    front: str | None, settings: str | None, text: str, language: str
) -> None:
    assert resolve_language(front, settings, TEXTS[text]) == language


def test_english_is_the_last_resort() -> None:
    assert resolve_language(None, None, "2 + 2") == "en"
    assert resolve_language(None, "fr", "2 + 2") == "fr"
