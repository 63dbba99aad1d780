"""The words that an edition says on its own account, in its readers' language; English where none is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

# Language subtags whose usual script has no upper and lower case (capitals and tracking would harm it).
_CASELESS = frozenset(
    {
        "am",
        "ar",
        "as",
        "bn",
        "ckb",
        "dv",
        "fa",
        "gu",
        "he",
        "hi",
        "ja",
        "km",
        "kn",
        "ko",
        "lo",
        "ml",
        "mr",
        "my",
        "ne",
        "or",
        "pa",
        "ps",
        "sa",
        "sd",
        "si",
        "ta",
        "te",
        "th",
        "ti",
        "ug",
        "ur",
        "yi",
        "yue",
        "zh",
    }
)
_ARABIC_SCRIPT = frozenset(["ar", "ckb", "fa", "ps", "sd", "ug", "ur"])
_HEBREW_SCRIPT = frozenset(["he", "yi"])
_CASED_SCRIPTS = frozenset({"latn", "cyrl", "grek", "armn"})


@dataclass(frozen=True, slots=True)
class Words:
    """``{n}`` stands for a number, ``{name}`` for the newsletter's name or a note's label."""

    number: str
    minutes: str
    contents: str
    notes: str
    note: str
    why: str
    unsubscribe: str
    made: str
    links: str
    image: str
    online: str
    forward: str
    question: str
    answers: tuple[str, str, str]
    advertisement: str
    quotes: str = "“”"


_WORDS = {
    "en": Words(
        "No. {n}", "{n} min read", "In this edition", "Notes", "Note {name}",
        "You receive this because you subscribed to {name}.", "Unsubscribe",
        "Drawn from this edition’s own sentences", "Links", "Image",
        "View in browser", "Forward by mail", "How was this edition?",
        ("Good", "So-so", "Not for me"), "Advertisement",
    ),
    "fr": Words(
        "Nº {n}", "{n} min de lecture", "Dans cette édition", "Notes", "Note {name}",
        "Vous recevez ce message parce que vous êtes abonné à {name}.", "Se désabonner",
        "Tiré des phrases de cette édition", "Liens", "Image",
        "Lire dans le navigateur", "Transférer par courriel", "Que pensez-vous de cette édition ?",
        ("Bien", "Moyen", "Pas pour moi"), "Publicité", "«»",
    ),
    "de": Words(
        "Nr. {n}", "{n} Min. Lesezeit", "In dieser Ausgabe", "Anmerkungen", "Anmerkung {name}",
        "Sie erhalten diese Nachricht, weil Sie {name} abonniert haben.", "Abbestellen",
        "Aus Sätzen dieser Ausgabe zusammengestellt", "Links", "Bild",
        "Im Browser lesen", "Per E-Mail weiterleiten", "Wie war diese Ausgabe?",
        ("Gut", "Mittel", "Nichts für mich"), "Anzeige", "„“",
    ),
    "es": Words(
        "N.º {n}", "{n} min de lectura", "En esta edición", "Notas", "Nota {name}",
        "Recibe este mensaje porque está suscrito a {name}.", "Darse de baja",
        "Extraído de las frases de esta edición", "Enlaces", "Imagen",
        "Ver en el navegador", "Reenviar por correo", "¿Qué le ha parecido esta edición?",
        ("Buena", "Regular", "No es para mí"), "Publicidad", "«»",
    ),
    "pt": Words(
        "N.º {n}", "{n} min de leitura", "Nesta edição", "Notas", "Nota {name}",
        "Recebe esta mensagem porque subscreveu {name}.", "Cancelar a subscrição",
        "Retirado das frases desta edição", "Ligações", "Imagem",
        "Ver no navegador", "Reencaminhar por e-mail", "O que achou desta edição?",
        ("Boa", "Razoável", "Não é para mim"), "Publicidade",
    ),
    "it": Words(
        "N. {n}", "{n} min di lettura", "In questa edizione", "Note", "Nota {name}",
        "Ricevi questo messaggio perché sei iscritto a {name}.", "Annulla l’iscrizione",
        "Tratto dalle frasi di questa edizione", "Link", "Immagine",
        "Leggi nel browser", "Inoltra per e-mail", "Che cosa pensi di questa edizione?",
        ("Buona", "Così così", "Non fa per me"), "Pubblicità", "«»",
    ),
    "nl": Words(
        "Nr. {n}", "{n} min leestijd", "In deze editie", "Noten", "Noot {name}",
        "U ontvangt dit bericht omdat u bent ingeschreven voor {name}.", "Uitschrijven",
        "Samengesteld uit zinnen van deze editie", "Links", "Afbeelding",
        "Lees in de browser", "Doorsturen per e-mail", "Wat vond u van deze editie?",
        ("Goed", "Matig", "Niets voor mij"), "Advertentie",
    ),
    "sv": Words(
        "Nr {n}", "{n} min läsning", "I det här numret", "Noter", "Not {name}",
        "Du får det här brevet eftersom du prenumererar på {name}.", "Avsluta prenumerationen",
        "Hämtat ur numrets egna meningar", "Länkar", "Bild",
        "Läs i webbläsaren", "Vidarebefordra med e-post", "Vad tyckte du om det här numret?",
        ("Bra", "Sådär", "Inget för mig"), "Annons", "””",
    ),
    "pl": Words(
        "Nr {n}", "{n} min czytania", "W tym wydaniu", "Przypisy", "Przypis {name}",
        "Otrzymujesz tę wiadomość, ponieważ subskrybujesz {name}.", "Zrezygnuj z subskrypcji",
        "Wybrane ze zdań tego wydania", "Odnośniki", "Obraz",
        "Zobacz w przeglądarce", "Prześlij dalej e-mailem", "Jak oceniasz to wydanie?",
        ("Dobre", "Średnie", "Nie dla mnie"), "Reklama", "„”",
    ),
    "ru": Words(
        "№ {n}", "{n} мин чтения", "В этом выпуске", "Примечания", "Примечание {name}",
        "Вы получили это письмо, потому что подписаны на {name}.", "Отписаться",
        "Составлено из фраз этого выпуска", "Ссылки", "Изображение",
        "Открыть в браузере", "Переслать по почте", "Как вам этот выпуск?",
        ("Хорошо", "Средне", "Не для меня"), "Реклама", "«»",
    ),
    "uk": Words(
        "№ {n}", "{n} хв читання", "У цьому випуску", "Примітки", "Примітка {name}",
        "Ви отримали цей лист, бо підписані на {name}.", "Відписатися",
        "Складено з речень цього випуску", "Посилання", "Зображення",
        "Відкрити в браузері", "Переслати поштою", "Як вам цей випуск?",
        ("Добре", "Посередньо", "Не для мене"), "Реклама", "«»",
    ),
    "tr": Words(
        "Sayı {n}", "{n} dk okuma", "Bu sayıda", "Notlar", "Not {name}",
        "Bu iletiyi {name} bültenine abone olduğunuz için alıyorsunuz.", "Abonelikten çık",
        "Bu sayının cümlelerinden derlendi", "Bağlantılar", "Görsel",
        "Tarayıcıda aç", "E-postayla ilet", "Bu sayıyı nasıl buldunuz?",
        ("İyi", "Orta", "Bana göre değil"), "Reklam",
    ),
    "ar": Words(
        "العدد {n}", "مدة القراءة: {n} د", "في هذا العدد", "الهوامش", "الهامش {name}",
        "تصلك هذه الرسالة لأنك مشترك في {name}.", "إلغاء الاشتراك",
        "مستخلص من جمل هذا العدد", "الروابط", "صورة",
        "عرض في المتصفح", "إعادة الإرسال بالبريد", "ما رأيك في هذا العدد؟",
        ("جيد", "متوسط", "لا يناسبني"), "إعلان", "«»",
    ),
    "he": Words(
        "גיליון {n}", "{n} דק׳ קריאה", "בגיליון זה", "הערות", "הערה {name}",
        "הודעה זו נשלחה אליך כי נרשמת אל {name}.", "הסרה מרשימת התפוצה",
        "נלקט ממשפטי הגיליון", "קישורים", "תמונה",
        "צפייה בדפדפן", "העברה בדוא״ל", "איך היה הגיליון?",
        ("טוב", "ככה ככה", "לא בשבילי"), "פרסומת", "”“",
    ),
    "zh": Words(
        "第 {n} 期", "阅读约 {n} 分钟", "本期内容", "注释", "注释 {name}",
        "您收到此邮件是因为您订阅了 {name}。", "退订",
        "摘自本期原文", "链接", "图片",
        "在浏览器中查看", "通过邮件转发", "您觉得本期如何？",
        ("不错", "一般", "不适合我"), "广告",
    ),
    "ja": Words(
        "第{n}号", "{n}分で読めます", "今号の内容", "注", "注 {name}",
        "{name} を購読されている方にお送りしています。", "配信停止",
        "本号の文から抜粋", "リンク", "画像",
        "ブラウザで見る", "メールで転送", "今号はいかがでしたか？",
        ("よかった", "ふつう", "合わなかった"), "広告", "「」",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Script:
    """What a language's usual script asks of typography."""

    cased: bool
    arabic: bool
    hebrew: bool


def words_for(language: str) -> Words:
    """The words in ``language`` (BCP 47), in English where nobody has translated them yet."""
    return _WORDS.get(_subtags(language)[0], _WORDS["en"])


def script_of(language: str) -> Script:
    """Typography for ``language``; a script subtag (``sr-Latn``) outweighs the language's usual script."""
    subtags = _subtags(language)
    script = next((tag for tag in subtags[1:] if len(tag) == 4 and tag.isalpha()), None)
    if script is not None:
        return Script(cased=script in _CASED_SCRIPTS, arabic=script == "arab", hebrew=script == "hebr")
    usual = subtags[0]
    return Script(cased=usual not in _CASELESS, arabic=usual in _ARABIC_SCRIPT, hebrew=usual in _HEBREW_SCRIPT)


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def long_date(day: date, language: str) -> str:
    """``23 November 2026`` as ``language`` writes it; English without a region is written as most of the world does."""
    world = f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    if language.lower() in ("en", "und", ""):
        return world  # Babel's "en-001"; to load its data takes longer than to compose an edition
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    for tag in (language, _subtags(language)[0]):
        try:
            return format_date(day, format="long", locale=Locale.parse(tag, sep="-"))
        except (UnknownLocaleError, ValueError):
            continue
    return world


def edition_line(number: int | None, day: date, minutes: int, language: str) -> list[str]:
    """What stands below the newsletter's name: the number where there is one, the date, the reading time."""
    words = words_for(language)
    first = [words.number.format(n=number)] if number is not None else []
    return [*first, long_date(day, language), words.minutes.format(n=minutes)]


def _subtags(language: str) -> list[str]:
    return re.split(r"[-_]", language.lower()) or ["en"]
