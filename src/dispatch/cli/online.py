"""Asking the web whether an edition's links and pictures are there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit
from urllib.request import getproxies

from dispatch import __version__
from dispatch.cli.progress import Counter
from dispatch.config.settings import Settings
from dispatch.errors import DispatchError
from dispatch.online.answer import Answer, Failure, Question, asked_as, is_askable
from dispatch.online.lookup import Address, is_public
from dispatch.preflight.proof import Proof

_NAME = "Dispatch/{version} (a newsletter's links, looked at before it goes out)"


def ask_for(settings: Settings, proof: Proof) -> Mapping[str, Answer]:
    """The answers to all that an edition links to and shows, the theme's own included.

    Raises :class:`~dispatch.errors.DispatchError` where this machine reaches nothing: that says nothing of any link.
    """
    pictures = _askable(image.get("src") for image in proof.document.all("img"))
    links = _askable([*(link.target for link in proof.links), *(a.get("href") for a in proof.document.all("a"))])
    answers = ask(settings, [*(Question(url, picture=True) for url in pictures), *map(Question, links - pictures)])
    reached = [one for one in answers.values() if one.failure not in (Failure.NO_HOST, Failure.NO_LOOKUP)]
    if len(answers) > 1 and not reached:
        raise DispatchError(
            f"None of {len(answers)} addresses has a name that can be looked up.",
            hint="Is this machine online? Without --online, everything else is looked at.",
        )
    return answers


def ask(settings: Settings, questions: Sequence[Question]) -> Mapping[str, Answer]:
    """The answers by their address; how far it is shows on a terminal."""
    # Imported when needed: without --online nobody waits for an HTTP client.
    from dispatch.online.asking import Terms, ask_all

    own = {urlsplit(url).hostname for url in (settings.assets.url, settings.newsletter.base_url) if url}

    def may_ask(host: str, address: Address) -> bool:
        # The newsletter's own site may be on this machine or in the house: its settings say so, no text does.
        return host in own or is_public(host, address)

    terms = Terms(
        user_agent=_NAME.format(version=__version__),
        direct=not {"http", "https", "all"} & getproxies().keys(),
        may_ask=may_ask,
    )
    with Counter("Asking the web", len(questions)) as counter:
        return asyncio.run(ask_all(questions, terms, counter))


def _askable(urls: Iterable[str | None]) -> set[str]:
    return {asked_as(url) for url in urls if url and is_askable(url)}
