"""A theme in front of every sample edition: what the rules about pages find, and at which line of which template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from dispatch.config.settings import Newsletter
from dispatch.edition.samples import DATE, Sample, samples
from dispatch.errors import Place, ThemeError
from dispatch.preflight.check import PAGE_RULES, check, worst_first
from dispatch.preflight.clients import scores
from dispatch.preflight.document import Document
from dispatch.preflight.finding import Finding, Severity
from dispatch.preflight.proof import Proof
from dispatch.preflight.size import style_length
from dispatch.render.compile import render_edition, trace_edition
from dispatch.render.html import TRACE
from dispatch.render.look import Look
from dispatch.render.slots import RenderedEdition
from dispatch.render.templates import SourceMap

NAME = "The Morning Wire"
_SAID = re.compile("“[^”]*”")


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding, and the samples that show it; ``finding.place`` is a line of a template, where one is known."""

    finding: Finding
    samples: tuple[str, ...]


@dataclass
class Examination:
    """What came of it. ``errors`` are mistakes that kept samples from being rendered at all, each with those samples.

    ``pages`` are the pages that were looked at, as HTML, by sample and variant; ``octets`` and ``styles`` the largest
    of them and the most CSS, ``shown`` the least that a family of mail programs shows, in per cent.
    """

    theme: str
    seen: list[Seen] = field(default_factory=list)
    errors: list[tuple[ThemeError, list[str]]] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    octets: int = 0
    styles: int = 0
    shown: dict[str, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing in it is an error."""
        return not self.errors and all(each.finding.severity is not Severity.ERROR for each in self.seen)


def examine(
    theme: str,
    theme_paths: Sequence[Path],
    *,
    severities: Mapping[str, Severity | None],
    clients: tuple[str, ...],
    accent: str | None,
) -> Examination:
    """Render every sample in ``theme``, in each of its variants, and look each page over.

    ``accent`` is the newsletter's own, if it has one. A mistake in the theme is part of the result, not raised.
    """
    found = Examination(theme)
    made: dict[tuple[str, str, Place | None], list[Seen]] = {}
    for sample in samples():
        look = _look(sample, theme, accent)
        try:
            rendered = render_edition(sample.edition, look, theme_paths=theme_paths)
        except ThemeError as error:
            _note_error(found, error, sample.name)
            continue
        for key in rendered.variants:
            page = _Page(sample, look, rendered, key, theme_paths, clients)
            found.pages["-".join(filter(None, (sample.name, *key)))] = page.proof.html
            _measure(found, page.proof)
            for finding in page.findings(severities):
                # Of the same words' template, in several samples or for several words, one line is enough.
                same = made.setdefault((finding.rule.id, _SAID.sub("", finding.message), finding.place), [])
                same.append(Seen(finding, (sample.name,)))
    merged = [Seen(each[0].finding, tuple(dict.fromkeys(one.samples[0] for one in each))) for each in made.values()]
    order = worst_first([each.finding for each in merged])
    found.seen = sorted(merged, key=lambda each: order.index(each.finding))
    return found


@dataclass(frozen=True)
class _Page:
    """One sample in one variant of a theme."""

    sample: Sample
    look: Look
    rendered: RenderedEdition
    key: tuple[str, ...]
    theme_paths: Sequence[Path]
    clients: tuple[str, ...]

    @cached_property
    def proof(self) -> Proof:
        only = RenderedEdition({(): self.rendered.variants[self.key]}, used=self.rendered.used)
        return Proof(self.sample.edition, only, Newsletter(NAME), DATE, clients=self.clients)

    def findings(self, severities: Mapping[str, Severity | None]) -> Iterator[Finding]:
        """What the rules about pages find, each at the line of the template that wrote the element."""
        for finding in check(self.proof, severities, PAGE_RULES):
            yield replace(finding, place=self._place(finding.element) if finding.element else None)

    def _place(self, element: str) -> Place | None:
        document, places = self._traced
        found = document.at(element)
        if found is None:
            return None
        # What MJML made around an element of a template belongs to that; what it made inside one, too.
        nearest = next((each for each in (*found.iter(), *found.iterancestors()) if each.get(TRACE)), None)
        return places.place(int(nearest.get(TRACE) or 0)) if nearest is not None else None

    @cached_property
    def _traced(self) -> tuple[Document, SourceMap]:
        html, places = trace_edition(self.sample.edition, self.look, self.key, theme_paths=self.theme_paths)
        return Document(html), places


def _look(sample: Sample, theme: str, accent: str | None) -> Look:
    """A newsletter that says all that settings may say, or hardly anything."""
    if sample.bare:
        return Look(newsletter_name=NAME, theme=theme, accent=accent)
    return Look(
        newsletter_name=NAME,
        tagline="Stay informed. Stay ahead.",
        accent=accent,
        theme=theme,
        postal_address="1 Wire Street\nOttawa ON K1A 0A1, Canada",
        base_url="https://news.example.org",
        sender_name="The Wire Desk",
        sender_address="desk@example.org",
        way_out="leave@example.org",
    )


def _note_error(found: Examination, error: ThemeError, sample: str) -> None:
    """Add an error, or the sample to the same one that another sample met."""
    for known, names in found.errors:
        if str(known) == str(error):
            names.append(sample)
            return
    found.errors.append((error, [sample]))


def _measure(found: Examination, proof: Proof) -> None:
    found.octets = max(found.octets, len(proof.html.encode()))
    found.styles = max(found.styles, style_length(proof))
    for family, share in scores(proof).items():
        found.shown[family] = min(found.shown.get(family, 100), share)
