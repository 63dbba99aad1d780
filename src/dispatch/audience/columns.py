"""A list's header: which column holds the address, and what the other columns are called in a theme."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# In order of preference, where a list has several of them.
_EMAIL_NAMES = (
    "email",
    "e_mail",
    "email_address",
    "e_mail_address",
    "emailaddress",
    "mail",
    "mail_address",
    "subscriber_email",
    "correo",
    "correo_electronico",
    "courriel",
    "adresse_email",
    "adresse_e_mail",
    "adresse_mail",
    "email_adresse",
    "e_mail_adresse",
)
_EMAIL_ENDING = re.compile(r".+_e_?mail(_address)?")
_DEPARTED_COLUMNS = frozenset({"unsub_time", "clean_time"})
_DEPARTED_FILE = re.compile(r"(cleaned|(.*[^a-z])?(unsubscribed|nonsubscribed))_", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"\W+|_+")


def field_name(header: str) -> str:
    """A header as a name a theme can use: ``First Name`` → ``first_name``, ``Prénom`` → ``prenom``; may be empty."""
    text = unicodedata.normalize("NFKD", header)
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = unicodedata.normalize("NFC", _CAMEL.sub("_", text.strip()))
    name = _NOT_WORD.sub("_", text).strip("_").casefold()
    return f"field_{name}" if name[:1].isdigit() else name


def email_column(header: Sequence[str]) -> int | None:
    """The index of the column that holds the address, if one is named so that there is no doubt."""
    names = [field_name(cell) for cell in header]
    for name in _EMAIL_NAMES:
        if name in names:
            return names.index(name)
    ending = [index for index, name in enumerate(names) if _EMAIL_ENDING.fullmatch(name)]
    return ending[0] if len(ending) == 1 else None


def field_columns(header: Sequence[str], email: int) -> tuple[tuple[int, str], ...]:
    """``(index, field name)`` of every column but the address; blank and repeated headers get names of their own.

    Blank headers at the end (a spreadsheet's empty columns) name nothing and are left out.
    """
    taken = {"email"}
    columns: list[tuple[int, str]] = []
    for index, cell in enumerate(header):
        if index == email or not any(later.strip() for later in header[index:]):
            continue
        base = name = field_name(cell) or f"column_{index + 1}"
        count = 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        taken.add(name)
        columns.append((index, name))
    return tuple(columns)


def is_export_of_the_departed(file_name: str, header: Sequence[str]) -> bool:
    """Whether a file is a provider's export of people who left or bounced (Mailchimp's names for columns and files)."""
    return bool(_DEPARTED_FILE.match(file_name)) or any(field_name(cell) in _DEPARTED_COLUMNS for cell in header)
