"""Words that rules know: of spam, of unfinished texts, of links that say nothing. In small letters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BAIT = (
    "act now",
    "apply now",
    "buy now",
    "cash bonus",
    "click below",
    "click here",
    "dear friend",
    "double your",
    "earn extra cash",
    "extra income",
    "free gift",
    "free money",
    "get paid",
    "limited time",
    "lowest price",
    "make money",
    "no obligation",
    "once in a lifetime",
    "order now",
    "risk-free",
    "risk free",
    "special promotion",
    "this is not spam",
    "you have been selected",
    "100% free",
)
"""Phrases of advertising that SpamAssassin's stock rules score or mailbox providers advise senders against."""

BAIT_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "de": (
            "100 % gratis",
            "100% gratis",
            "hier klicken",
            "jetzt bestellen",
            "jetzt kaufen",
            "jetzt zugreifen",
            "sie haben gewonnen",
            "sie wurden ausgewählt",
        ),
        "fr": (
            "100 % gratuit",
            "100% gratuit",
            "achetez maintenant",
            "agissez maintenant",
            "cliquez ici",
            "commandez maintenant",
            "vous avez été sélectionné",
            "vous avez gagné",
        ),
        "es": (
            "100% gratis",
            "actúe ahora",
            "compra ahora",
            "compre ahora",
            "haga clic aquí",
            "haz clic aquí",
            "usted ha sido seleccionado",
        ),
        "pt": ("100% grátis", "aja agora", "clique aqui", "compre agora", "compre já", "você foi selecionado"),
        "it": ("100% gratis", "acquista ora", "agisci ora", "clicca qui", "ordina ora", "sei stato selezionato"),
        "nl": ("100% gratis", "bestel nu", "klik hier", "koop nu", "u bent geselecteerd", "u heeft gewonnen"),
    }
)
"""The same by language: orders and promises to the reader, in words that news does not use. No filter's scores are
known for them, so there are few."""

EMPTY_LINK_WORDS = frozenset(
    {
        "click",
        "click here",
        "continue",
        "details",
        "download",
        "go",
        "here",
        "info",
        "learn more",
        "link",
        "more",
        "more info",
        "read",
        "read more",
        "see more",
        "this",
        "this link",
        "this page",
        # German, French, Spanish, Italian, Portuguese, Dutch
        "hier",
        "hier klicken",
        "mehr",
        "mehr lesen",
        "weiterlesen",
        "cliquez ici",
        "ici",
        "en savoir plus",
        "lire la suite",
        "aquí",
        "haga clic aquí",
        "leer más",
        "más",
        "qui",
        "clicca qui",
        "leggi di più",
        "aqui",
        "clique aqui",
        "leia mais",
        "klik hier",
        "lees meer",
        "meer",
    }
)
"""Link texts that say nothing out of their sentence, as a screen reader's list of links shows them."""

PLACEHOLDERS = (
    r"\bTK\b(?! [A-Z]| ?\d)",  # but TK Elevator is a company, and TK 1821 a flight
    r"\bTKTK\w*",
    r"\bTODO[:(]",  # a word in Spanish
    r"\bFIXME\b",
    r"\bXXXX+\b",  # three are thirty
    r"(?i:lorem ipsum)",
    r"\[CHECK\b[^\]]*\]",
    r"\[(?:name|date|insert[^\]]*|headline|link|quote|source|number|title|place|city|add[^\]]*)\]",
    r"<(?:name|date|insert[^>]*|headline|link)>",
    r"\?\?\?+",
)
"""What journalists leave where something is to come ("TK": to come), as regular expressions."""

LIKELY_PLACEHOLDERS = (
    r"\bTB[ACD]\b(?! [A-Z])",  # TBC Bank is one
    r"\bXXX\b(?! [A-Z])",  # XXX Corps is the thirtieth
    r"\[(?i:photo|picture|image)\b[^\]]*\]",
)
"""What may be left by oversight, and may be meant for readers: "speakers TBC"."""

MEANT_IN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        r"\bTODO[:(]": frozenset({"ca", "es", "gl", "pt"}),
        r"\bXXX\b(?! [A-Z])": frozenset({"ca", "es", "fr", "gl", "it", "la", "pt", "ro"}),
    }
)
"""The languages in which one of them is an ordinary word: "La XXX edición"."""

INTRODUCES_TK = r"\bT\w*(?:k|[ -]K)\w* \(TK\)"
"""An abbreviation explained: "Thyssenkrupp (TK)", "Techniker Krankenkasse (TK)"."""

DOUBLED_ON_PURPOSE = frozenset({"that", "had", "is", "bye", "ha", "no", "very", "sie", "die", "der", "vous", "nous"})
"""Words that may stand twice in good sentences: "that that", "had had", "nous nous"."""

PARTICLES = frozenset(
    {
        "al", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el", "ibn", "la", "le", "of", "ter",
        "the", "van", "von", "y", "zu",
    }
)  # fmt: skip
"""Small words within names: "Ursula von der Leyen", "Bank of Canada"."""

OPENERS = frozenset(
    {
        "a", "an", "and", "as", "at", "before", "both", "but", "by", "during", "for", "from", "he", "her", "his", "how",
        "if", "in", "it", "its", "last", "most", "next", "no", "on", "one", "other", "our", "she", "since", "so",
        "some", "that", "the", "their", "then", "there", "these", "they", "this", "those", "three", "to", "two",
        "under", "until", "we", "what", "when", "where", "while", "who", "why", "with", "yet",
    }
)  # fmt: skip
"""Words that begin sentences and stand before names."""
