"""Fields of the readers: what each of them would really see."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from dispatch.edition.model import Mark, MarkKind
from dispatch.errors import Place
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.proof import Proof
from dispatch.render.slots import Pieces, Slot

rules = Rules(Group.MERGE)

_LONG = 60
"""Characters of a value that was meant to be a name or a place."""


class _Fault(Enum):
    """What a field's value may be for a reader, other than ordinary."""

    BLANK = "blank"
    LONG = "long"
    MARKED = "with a web address or markup in it"
    MAIL = "that is an e-mail address"
    NOTHING = "that a machine wrote for none"
    FORMULA = "that is a spreadsheet's formula"
    BROKEN = "with letters broken by a wrong encoding"


_STRANGE = (_Fault.MARKED, _Fault.MAIL, _Fault.NOTHING, _Fault.FORMULA, _Fault.BROKEN)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_OF_ADDRESSES = re.compile(r"mail|url|link|href|web|site", re.IGNORECASE)
"""Names of fields that hold addresses."""
_NOTHING = frozenset({"NULL", "null", "None", "NONE", "none", "NaN"})
"""As programs write it; people are called Null and Nan."""
_NOTHING_IN_ANY_CASE = frozenset(
    {"n/a", "undefined", "(null)", "[object object]", "#n/a", "#ref!", "#value!", "#name?"}
)
_SAYS_SOMETHING = re.compile(r"[^\s\-–—._?*/\\,;:!#]")


@dataclass(slots=True)
class _Tally:
    """How many readers there are; by fault and field, how many have it, and the address of the first who does."""

    readers: int = 0
    counts: Counter[tuple[_Fault, str]] = field(default_factory=Counter)
    first: dict[tuple[_Fault, str], str] = field(default_factory=dict)

    def having(self, fault: _Fault, name: str) -> str | None:
        """ "3 of 9 readers, first ann@example.org, have"; ``None`` where nobody has."""
        number = self.counts[fault, name]
        if not number:
            return None
        return f"{number:,} of {self.readers:,} readers (the first is {self.first[fault, name]}) have"


@rules.rule(
    "merge-unknown",
    Severity.ERROR,
    "A field is not in the list",
    why="Nobody has a value for it: every reader sees its default, or a gap.",
    mend="Name a column of the list's file, or add it there.",
)
def merge_unknown(proof: Proof) -> Iterator[Found]:
    """Fields in the text or the theme that are no column of the list."""
    if proof.audience is not None:
        for name in sorted(proof.rendered.used - proof.audience.columns):
            yield Found(f"List {proof.audience.name} has no column “{name}”.", _first_use(proof, name))


def _first_use(proof: Proof, name: str) -> Place | None:
    """Where the text asks for a field; a theme that does has no place here."""
    asking = (each.place for each in proof.stretches for mark in each.text.marks if _asks(mark, name))
    return next(asking, None)


def _asks(mark: Mark, name: str) -> bool:
    return mark.kind is MarkKind.MERGE and mark.target == name


@rules.rule(
    "merge-blank",
    Severity.WARNING,
    "Some readers would see a gap",
    why="“Dear ,” tells a reader that nobody meant them.",
    mend="Give the field a default: `{{ recipient.name | default('reader') }}`; or fill the column.",
)
def merge_blank(proof: Proof) -> Iterator[Found]:
    """Every reader of the list: whose value is empty for a field that has no default."""
    bare = {slot.field for slot in _slots(proof) if not slot.default}
    tally = _tally(proof)
    for name in sorted(bare):
        if having := tally.having(_Fault.BLANK, name):
            yield Found(f"{having} no {name}, and there is no default.", _first_use(proof, name))


@rules.rule(
    "merge-default",
    Severity.NOTE,
    "Some readers would see a default",
    why="It is good to know how many before it goes out.",
    mend="Nothing has to be done.",
)
def merge_default(proof: Proof) -> Iterator[Found]:
    """Every reader of the list: whose value is empty for a field that has a default."""
    defaults = {slot.field: slot.default for slot in _slots(proof) if slot.default}
    tally = _tally(proof)
    for name, default in sorted(defaults.items()):
        if having := tally.having(_Fault.BLANK, name):
            yield Found(f"{having} no {name} and see “{default}”.", _first_use(proof, name))


@rules.rule(
    "merge-strange",
    Severity.WARNING,
    "A reader's value looks wrong",
    why="A column that slipped, or a form that a machine filled in, ends up in the first line of a letter.",
    mend="Search the list's file for the address that is named, and mend its row and those like it.",
)
def merge_strange(proof: Proof) -> Iterator[Found]:
    """Every reader of the list: values of more than 60 characters; with a web address or markup; e-mail addresses;
    NULL, None, n/a, undefined, a dash alone; formulas; and letters broken by a wrong encoding. Null, Nan and Na are
    names. Fields that are named for an address may hold one."""
    tally = _tally(proof)
    for name in sorted({slot.field for slot in _slots(proof)}):
        place = _first_use(proof, name)
        if having := tally.having(_Fault.LONG, name):
            yield Found(f"{having} a {name} of more than {_LONG} characters.", place)
        for fault in _STRANGE:
            if having := tally.having(fault, name):
                yield Found(f"{having} a {name} {fault.value}.", place)


@rules.rule(
    "merge-unseen",
    Severity.NOTE,
    "No reader's field was looked at",
    why="What readers would see in its place is known only of a list.",
    mend="Name the list that it goes to: `dispatch check TEXT --list NAME`.",
)
def merge_unseen(proof: Proof) -> Iterator[Found]:
    """Editions with fields of the readers, where no list was named."""
    names = sorted({slot.field for slot in _slots(proof)})
    if proof.audience is None and names:
        yield Found(f"No reader's {', '.join(names)} was looked at.", _first_use(proof, names[0]))


def _slots(proof: Proof) -> Iterator[Slot]:
    """The slots that readers' own fields fill, in every variant."""
    for variant in proof.rendered.variants.values():
        for pieces in (variant.html, variant.text, variant.subject):
            yield from _own(pieces)


def _own(pieces: Pieces) -> Iterator[Slot]:
    return (piece for piece in pieces if isinstance(piece, Slot) and not piece.field.startswith("@"))


def _tally(proof: Proof) -> _Tally:
    """Go through the readers once for all rules."""
    return proof.once("merge", lambda: _count(proof))


def _count(proof: Proof) -> _Tally:
    tally = _Tally()
    names = {slot.field for slot in _slots(proof)}
    if proof.audience is None or not names:
        return tally
    for reader in proof.audience.readers():
        tally.readers += 1
        _take(tally, names, reader)
    return tally


def _take(tally: _Tally, names: set[str], reader: Mapping[str, str]) -> None:
    for name in names:
        if fault := _fault(name, reader.get(name, "")):
            tally.counts[fault, name] += 1
            tally.first.setdefault((fault, name), reader["email"])


def _fault(name: str, value: str) -> _Fault | None:
    value = value.strip()
    if not value:
        return _Fault.BLANK
    if len(value) > _LONG:
        return _Fault.LONG
    holds_addresses = _OF_ADDRESSES.search(name) is not None
    if "<" in value or "{{" in value or ("://" in value and not holds_addresses):
        return _Fault.MARKED
    if _MAIL.fullmatch(value) and not holds_addresses:
        return _Fault.MAIL
    if value.startswith("="):
        return _Fault.FORMULA
    if value in _NOTHING or value.casefold() in _NOTHING_IN_ANY_CASE or not _SAYS_SOMETHING.search(value):
        return _Fault.NOTHING
    return _Fault.BROKEN if _is_broken(value) else None


def _is_broken(value: str) -> bool:
    """Whether letters are missing, or were UTF-8 that was read as Windows-1252: then the way back is UTF-8 again."""
    if value.isascii():
        return False
    try:
        return "\ufffd" in value or bool(value.encode("cp1252").decode("utf-8"))
    except UnicodeError:
        return False
