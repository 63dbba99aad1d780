"""What an author overlooks in the text itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dispatch.edition.model import Heading, MarkKind, Quote
from dispatch.errors import Place
from dispatch.preflight.finding import Found, Group, Rules, Severity
from dispatch.preflight.manuscript import Part, blocks_of
from dispatch.preflight.proof import Proof
from dispatch.preflight.wording import (
    DOUBLED_ON_PURPOSE,
    INTRODUCES_TK,
    LIKELY_PLACEHOLDERS,
    MEANT_IN,
    OPENERS,
    PLACEHOLDERS,
)

rules = Rules(Group.CONTENT)

_INTRODUCES_TK = re.compile(INTRODUCES_TK)
_MARKERS = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\*\|[A-Z0-9_:]+\|\*|\|(?:FNAME|LNAME|EMAIL|UNSUB|UPDATE_PROFILE|ARCHIVE|LIST:[A-Z_]+|MC:[A-Z_]+)\||%%[A-Za-z_]+%%|\[%.*?%\]|<%.*?%>|\$\{[^}]*\}|%recipient[.\w]*%"
)
_MARKDOWN = (".md", ".markdown")
_REFERENCE = re.compile(r"\[(?P<words>(?=[^\]]*[^\W\d])[^\[\]\n]{1,80})\]\[(?P<label>[^\[\]\n]{0,40})\]")
_DOUBLED = re.compile(r"\b(?P<word>[^\W\d_]{2,})(?P<gap>\s+)(?P=word)\b", re.IGNORECASE)
_BROKEN = re.compile("\ufffd|Ã[\x80-\xbf©¨¤¶¼]|â€[™œ\x9d“”¦]")
_SHOWN = 40


@rules.rule(
    "placeholder",
    Severity.ERROR,
    "A placeholder is still in the text",
    why="“TK” and “[name]” are notes to the desk: readers take them for carelessness about everything else.",
    mend="Fill it in, or take it out.",
)
def placeholder(proof: Proof) -> Iterator[Found]:
    """Notes to the desk: TK, `TODO:`, FIXME, XXXX, ???, [CHECK], [insert …], lorem ipsum; in text, subject and
    preheader. TK may be a company that the text introduces: “Thyssenkrupp (TK)”."""
    tk_is_a_name = any(_INTRODUCES_TK.search(text) for text, _ in _texts(proof))
    for text, found, place in _left(proof, PLACEHOLDERS):
        if not (tk_is_a_name and found[0] == "TK"):
            yield Found(f"A placeholder is still there: “{_around(text, found)}”.", place)


@rules.rule(
    "placeholder-likely",
    Severity.WARNING,
    "A placeholder may still be in the text",
    why="“TBC” may be news to readers, or a note to the desk that was forgotten.",
    mend="Fill it in, or say in words that it is not known yet.",
)
def placeholder_likely(proof: Proof) -> Iterator[Found]:
    """TBA, TBC, TBD, XXX and [photo: …]; but TBC Bank, Super Bowl XXX, and XXX where the language counts with it."""
    for text, found, place in _left(proof, LIKELY_PLACEHOLDERS):
        if not (found[0] == "XXX" and _is_of_a_name(text[: found.start()])):
            yield Found(f"This may be a placeholder: “{_around(text, found)}”.", place)


def _left(proof: Proof, patterns: Sequence[str]) -> Iterator[tuple[str, re.Match[str], Place | None]]:
    """Each place that one of ``patterns`` matches, where it is no word of the edition's language."""
    language = proof.edition.language.partition("-")[0]
    pattern = re.compile("|".join(each for each in patterns if language not in MEANT_IN.get(each, ())))
    for text, place in _texts(proof):
        yield from ((text, found, place) for found in pattern.finditer(text))


def _is_of_a_name(before: str) -> bool:
    """Whether a text ends with a word that figures may follow: "Super Bowl "; not with "Some ", nor "Rs "."""
    word = re.search(r"([^\W\d_]{3,}) $", before)
    return word is not None and word[1][0].isupper() and word[1].casefold() not in OPENERS


@rules.rule(
    "template-marker",
    Severity.ERROR,
    "Another program's merge field is in the text",
    why="It reaches readers as it stands: “Dear *|FNAME|*”.",
    mend="Write a field of the list as `{{ recipient.name }}`, with `merge: true` in the front matter; or delete it.",
)
def template_marker(proof: Proof) -> Iterator[Found]:
    """Merge fields of Mailchimp, Mailgun, SendGrid, Jinja and others that Dispatch leaves as text."""
    for text, place in _texts(proof):
        for found in _MARKERS.finditer(text):
            # Markdown takes the stars of *|FNAME|* for emphasis.
            written = f"*{found[0]}*" if found[0].startswith("|") else found[0]
            yield Found(f"“{written}” would be read as it stands.", place)


@rules.rule(
    "reference-unresolved",
    Severity.ERROR,
    "A reference link leads nowhere",
    why="Its definition is missing, so that readers see the brackets instead of a link.",
    mend="Add a line such as `[label]: https://…` to the text, or write the address in parentheses.",
)
def reference_unresolved(proof: Proof) -> Iterator[Found]:
    """`[words][label]` in Markdown whose `[label]: …` does not exist."""
    for stretch in proof.stretches:
        if stretch.place is not None and not stretch.place.file.endswith(_MARKDOWN):
            continue
        code = [(mark.start, mark.end) for mark in stretch.text.marks if mark.kind is MarkKind.CODE]
        for found in _REFERENCE.finditer(stretch.text.text):
            if not any(start <= found.start() < end for start, end in code):
                label = found["label"] or found["words"]
                yield Found(f"There is no “[{label}]: …” for the link “{found['words']}”.", stretch.place)


@rules.rule(
    "doubled-word",
    Severity.WARNING,
    "A word stands twice in a row",
    why="The eye jumps over the repetition while writing, and stumbles on it while reading.",
    mend="Delete one of the two.",
)
def doubled_word(proof: Proof) -> Iterator[Found]:
    """The same word twice with nothing but white space between, but for those that good sentences double, and for
    two links side by side."""
    for stretch in proof.stretches:
        links = [mark for mark in stretch.text.marks if mark.kind is MarkKind.LINK]
        ends, starts = {mark.end for mark in links}, {mark.start for mark in links}
        for found in _DOUBLED.finditer(stretch.text.text):
            same_case = found["word"][0].islower() or found[0].split()[-1][0].islower()
            two_links = found.end("word") in ends and found.end("gap") in starts
            if found["word"].casefold() not in DOUBLED_ON_PURPOSE and same_case and not two_links:
                yield Found(f"“{found['word']}” stands twice: “{_around(stretch.text.text, found)}”.", stretch.place)


@rules.rule(
    "mojibake",
    Severity.ERROR,
    "Letters were broken by a wrong encoding",
    why="“CafÃ©” and “donâ€™t” tell every reader that nobody looked at the text.",
    mend="Save the source as UTF-8, or copy the passage again from where it came.",
)
def mojibake(proof: Proof) -> Iterator[Found]:
    """UTF-8 that was read as Windows-1252, and the replacement character U+FFFD."""
    for text, place in _texts(proof):
        if found := _BROKEN.search(text):
            yield Found(f"Letters are broken: “{_around(text, found)}”.", place)


@rules.rule(
    "section-empty",
    Severity.WARNING,
    "A heading has nothing below it",
    why="It promises what does not come.",
    mend="Write the section, or take the heading out.",
)
def section_empty(proof: Proof) -> Iterator[Found]:
    """Headings that are followed by a heading of the same or a higher rank, or by the end of their story."""
    for story in proof.edition.stories:
        for block, following in zip(story.blocks, (*story.blocks[1:], None), strict=True):
            ends = following is None or (
                isinstance(following, Heading) and following.level <= getattr(block, "level", 0)
            )
            if isinstance(block, Heading) and ends:
                place = Place(story.source, block.line) if story.source else None
                yield Found(f"Nothing stands below “{block.text.text}”.", place)


@rules.rule(
    "quote-unattributed",
    Severity.WARNING,
    "A quotation has no speaker",
    why="A pull-quote without a name leaves readers to guess who vouches for it.",
    mend="Name the speaker in the sentence that leads to it, or in a line below: `— Jane Doe, harbour master`.",
)
def quote_unattributed(proof: Proof) -> Iterator[Found]:
    """Quotations that stand as a block of their own, and name nobody."""
    for block, source in blocks_of(proof.edition):
        if isinstance(block, Quote) and not block.attribution:
            words = block.text.text
            shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN].rstrip()}…"
            yield Found(f"Nobody is named for “{shown}”.", Place(source, block.line) if source else None)


@rules.rule(
    "in-brief-long",
    Severity.WARNING,
    "The In Brief is longer than the story",
    why="It is for those who read nothing else; longer than the story, it is the story twice.",
    mend="Keep three to five items of one sentence each.",
)
def in_brief_long(proof: Proof) -> Iterator[Found]:
    """In Brief boxes with more words than all stories together."""
    box, story = (
        sum(len(each.text.text.split()) for each in proof.stretches if (each.part is Part.BOX) is inside)
        for inside in (True, False)
    )
    if proof.edition.in_brief and box > story:
        place = next((each.place for each in proof.stretches if each.part is Part.BOX), None)
        yield Found(f"The In Brief has {box:,} words, the rest {story:,}.", place)


def _texts(proof: Proof) -> Iterator[tuple[str, Place | None]]:
    """What readers read that an author wrote, code left out: braces may stand there."""
    body = "\n".join(stretch.text.text for stretch in proof.stretches)
    for key, said in (("subject", proof.edition.subject), ("preheader", proof.edition.preheader)):
        if said.rstrip("…") not in body:  # else it was made of the text, which is looked at anyway
            yield said, proof.at(key)
    for stretch in proof.stretches:
        text = stretch.text.text
        for mark in stretch.text.marks:
            if mark.kind in (MarkKind.CODE, MarkKind.MERGE):
                text = text[: mark.start] + " " * (mark.end - mark.start) + text[mark.end :]
        yield f"{stretch.label}: {text}" if stretch.label else text, stretch.place


def _around(text: str, found: re.Match[str]) -> str:
    """What was found, with a few letters before and behind."""
    start, end = max(0, found.start() - 15), min(len(text), found.end() + 15)
    return f"{'…' if start else ''}{' '.join(text[start:end].split())}{'…' if end < len(text) else ''}"
