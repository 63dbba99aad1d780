"""Seeds: reading a source file into a :class:`~dispatch.edition.reading.Reading`, with a reader per format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dispatch.edition.model import Heading, Text
from dispatch.edition.reading import Body, FrontMatter, LineRole, Reading, Role
from dispatch.edition.sources.decode import read_bytes
from dispatch.edition.sources.front_matter import split_front_matter
from dispatch.errors import Place, SourceError

WIRE_SUFFIXES = frozenset({".txt"})
MARKDOWN_SUFFIXES = frozenset({".md", ".markdown"})


def read_source(path: Path, *, name: str, tagline: str) -> Reading:
    """Read the seed at ``path``: wire text (``.txt``) or Markdown (``.md``), with or without front matter.

    ``name`` is the file's name for people, relative to where they are; ``tagline`` the newsletter's, which a source
    may end with. Raises :class:`SourceError` with the place and the way to mend it.
    """
    suffix = path.suffix.lower()
    if suffix not in WIRE_SUFFIXES | MARKDOWN_SUFFIXES and not path.is_dir():
        raise SourceError(
            f"A source is wire text (.txt) or Markdown (.md); this is {suffix or 'neither'}.",
            place=Place(name),
            hint=f"Save the text as {path.stem}.txt or {path.stem}.md.",
        )
    text, digest = read_bytes(path, name)
    return read_text(text, suffix=suffix, stem=path.stem, name=name, tagline=tagline, digest=digest)


def read_text(text: str, *, suffix: str, stem: str, name: str, tagline: str, digest: str = "") -> Reading:
    """The same for a text that is already decoded, such as an editor's unsaved one."""
    front_matter, lines, first_line = split_front_matter(text, name)
    if not any(line.strip() for line in lines):
        raise SourceError(
            "There is front matter here, but no text below it.",
            place=Place(name, first_line),
            hint="Write the story below the front matter.",
        )
    body = _read_body(lines, suffix, first_line=first_line, name=name, tagline=tagline, merge=front_matter.merge)
    above = text.split("\n")[: first_line - 1]
    body = _with_front_matter(body, front_matter)
    if front_matter.merge:
        _same_for_everyone(front_matter, body, name)
    return Reading(
        name=name,
        stem=stem,
        story=replace(body.story, source=name),
        front_matter=front_matter,
        roles=(*_front_roles(above), *body.roles),
        title_line=front_matter.lines.get("title") if front_matter.title else body.title_line,
        in_brief=body.in_brief,
        footnotes=body.footnotes,
        tagline=body.tagline,
        dropped=body.dropped,
        digest=digest,
    )


def _same_for_everyone(front_matter: FrontMatter, body: Body, name: str) -> None:
    """Refuse a placeholder where it would reach the reader as it is written."""
    given = {"title": front_matter.title, "subject": front_matter.subject, "preheader": front_matter.preheader}
    lines = {key: front_matter.lines.get(key) for key in given}
    if not front_matter.title:
        given["headline"], lines["headline"] = body.story.title, body.title_line
    for key, value in given.items():
        if value and "{{" in value:
            raise SourceError(
                f"The {key} is the same for every reader: no placeholder works in it.",
                place=Place(name, lines[key]),
                hint="Put {{ recipient.FIELD }} into the text below.",
            )


def _read_body(lines: list[str], suffix: str, *, first_line: int, name: str, tagline: str, merge: bool) -> Body:
    # Imported when needed: a wire text never pays for the Markdown parser.
    if suffix in MARKDOWN_SUFFIXES:
        from dispatch.edition.sources.markdown import read_markdown

        return read_markdown(lines, first_line=first_line, name=name, tagline=tagline, merge=merge)
    from dispatch.edition.sources.wire import read_wire

    return read_wire(lines, first_line=first_line, name=name, tagline=tagline, merge=merge)


def _front_roles(lines: list[str]) -> list[LineRole]:
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    return [
        LineRole(number, Role.BLANK if number <= first else Role.FRONT_MATTER, line)
        for number, line in enumerate(lines, 1)
    ]


def _with_front_matter(body: Body, front_matter: FrontMatter) -> Body:
    """The author's title and name win; a different headline in the text stays in it, as its first heading."""
    story, roles = body.story, body.roles
    if front_matter.author and not story.byline:
        story = replace(story, byline=front_matter.author)
    title = front_matter.title
    if title and story.title and _folded(title) != _folded(story.title):
        heading = Heading(2, Text(story.title), line=body.title_line)
        story = replace(story, blocks=(heading, *story.blocks))
        roles = tuple(replace(role, role=Role.HEADING) if role.role is Role.HEADLINE else role for role in roles)
    return replace(body, story=replace(story, title=title) if title else story, roles=roles)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
