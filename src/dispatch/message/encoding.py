"""Bytes on the wire: quoted-printable (RFC 2045 §6.7), encoded words (RFC 2047), folding (RFC 5322 §2.2.3).

Every function here returns ASCII with CRLF line ends.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Iterator

LINE = 76
"""The longest line, in octets without its end: RFC 2045's for quoted-printable, RFC 2047's for encoded words."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?")
_WORD_OVERHEAD = len("=?utf-8?q??=")
_MAX_WORD = 75
# RFC 2047 §5 (3): what may stand for itself in an encoded word wherever it is used.
_Q_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def one_line(value: str) -> str:
    """``value`` without anything that could end a line: control characters become spaces, lone surrogates U+FFFD."""
    if value.isprintable():
        return value
    return _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", value))


def quoted_printable(text: str) -> bytes:
    """``text`` encoded, line ends kept; the last line leaves room for a soft line break. Not dot-stuffed."""
    plain = _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text)).encode()
    return _with_room_at_end(b2a_qp(plain).replace(b"\n", b"\r\n"))


def _with_room_at_end(encoded: bytes) -> bytes:
    # b2a_qp fills the last line to 76 octets; a "=" has to fit behind it.
    last = len(encoded) - encoded.rfind(b"\n") - 1
    if last < LINE:
        return encoded
    cut = len(encoded) - (3 if encoded[-3:-2] == b"=" else 1)
    return encoded[:cut] + b"=\r\n" + encoded[cut:]


def stuffed(piece: bytes) -> bytes:
    """``piece``, which begins on a line of its own, with its leading dots doubled (RFC 5321 §4.5.2)."""
    piece = piece.replace(b"\r\n.", b"\r\n..")
    return b"." + piece if piece.startswith(b".") else piece


def unstructured(name: str, text: str) -> bytes:
    """A header field whose value is text, like Subject; folded, and encoded where it is more than plain ASCII."""
    text = one_line(text)
    if _goes_as_it_is(text):
        return _folded(f"{name}:", text.split(" ") if text else [])
    return _folded(f"{name}:", list(encoded_words(text, LINE - len(name) - 2)))


def mailbox(name: str, display: str, address: str) -> bytes:
    """A header field of one mailbox, or of what is written like one; ``address`` is UTF-8 only where SMTPUTF8 is
    used (RFC 6532)."""
    display = " ".join(one_line(display).split())  # in a phrase, space is space (RFC 5322 §3.2.5)
    words = phrase(display, LINE - len(name) - 2) if display else []
    return _folded(f"{name}:", [*words, f"<{address}>"])


def phrase(text: str, first_room: int) -> list[str]:
    """``text`` as words of a phrase (RFC 5322 §3.2.5): as it is, as a quoted string, or encoded."""
    if len(text) < LINE // 2 and _goes_as_it_is(text):
        if _ATOMS.fullmatch(text):
            return [text]
        return ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"']
    return list(encoded_words(text, first_room))


def encoded_words(text: str, first_room: int) -> Iterator[str]:
    """``text`` as encoded words, each of whole characters; the first at most ``first_room`` octets long."""
    quoted = [_q(character) for character in text]
    if sum(map(len, quoted)) <= len(text.encode()) * 4 / 3:
        letter, pieces, room = "q", quoted, first_room - _WORD_OVERHEAD
    else:
        letter, pieces, room = "b", list(text), (first_room - _WORD_OVERHEAD) // 4 * 3
    rest = _MAX_WORD - _WORD_OVERHEAD if letter == "q" else (_MAX_WORD - _WORD_OVERHEAD) // 4 * 3
    held: list[str] = []
    used = 0
    for piece in pieces:
        size = len(piece) if letter == "q" else len(piece.encode())
        if held and used + size > room:
            yield _word(letter, held)
            held, used, room = [], 0, rest
        held.append(piece)
        used += size
    yield _word(letter, held)


def _word(letter: str, pieces: list[str]) -> str:
    content = "".join(pieces)
    return f"=?utf-8?{letter}?{content if letter == 'q' else b64encode(content.encode()).decode()}?="


def _q(character: str) -> str:
    if character in _Q_SAFE:
        return character
    return "_" if character == " " else "".join(f"={octet:02X}" for octet in character.encode())


def _goes_as_it_is(text: str) -> bool:
    if not text.isascii() or "=?" in text or "  " in text or text != text.strip():
        return False
    return all(len(word) <= LINE // 2 for word in text.split(" "))


def _folded(start: str, words: list[str]) -> bytes:
    lines, line = [], start
    for word in words:
        if len(line) + 1 + len(word.encode()) > LINE and line != start:
            lines.append(line)
            line = f" {word}"
        else:
            line = f"{line} {word}"
    return "".join(f"{each}\r\n" for each in (*lines, line)).encode()
