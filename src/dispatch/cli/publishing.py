"""Pictures brought to the web, before an edition that asks for them is frozen."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping

from dispatch.cli.files import shown, write_atomically
from dispatch.cli.pictures import Pictures, unpublished
from dispatch.cli.planning import Draft
from dispatch.config.settings import AssetsSettings, Settings
from dispatch.edition.model import Image
from dispatch.errors import ConfigError, Place, Refused
from dispatch.online.answer import Answer, Question

PUBLISH_SECONDS = 600.0
RULE = "image-gone"
"""What says whether a picture that readers would not get stops a send."""


def require_publishable(pictures: Pictures) -> None:
    """Refuse an edition with pictures that no reader could fetch; not even ``--force`` overrules it."""
    local = pictures.first_unpublished
    if local is not None:
        why = unpublished(local)
        raise Refused(f"Readers could not see a picture: {why.message}", place=why.place, hint=why.hint)


def publish(settings: Settings, pictures: Pictures) -> None:
    """Put the pictures' files into the folder of assets and run the command that brings it to the web.

    The command runs although no file was new: what it did the last time is not known here. Raises
    :class:`~dispatch.errors.Refused` or :class:`~dispatch.errors.ConfigError`; nothing is frozen then.
    """
    require_publishable(pictures)
    if not pictures.by_address:
        return
    assets = settings.assets
    try:
        assets.folder.mkdir(parents=True, exist_ok=True)
        for local in pictures.by_address.values():
            path = assets.folder / local.name
            # A name has a digest of its content in it: what is there and whole is the same.
            if not path.is_file() or path.stat().st_size != len(local.picture.content):
                write_atomically(path, local.picture.content)
                path.chmod(0o644)  # a web server is another user
    except OSError as error:
        raise ConfigError(
            f"The pictures cannot be written into {shown(assets.folder)}: {error.strerror}.",
            place=_place(settings, "folder"),
            hint="Name a folder that can be written: [assets] folder",
        ) from None
    if assets.publish_command:
        _run(settings, assets, assets.publish_command)


def require_on_the_web(settings: Settings, drafted: Draft, *, force: bool) -> list[str]:
    """Ask for the pictures that were published, as readers will: what is missing now is missing in every mailbox. An
    edition that was frozen for another list has those of then.

    Refused where one is not there, or cannot be asked for, unless ``force`` or ``[check] off`` say otherwise; the rule
    that was overruled.
    """
    from dispatch.cli.online import ask
    from dispatch.cli.proofs import severities
    from dispatch.preflight.finding import Severity

    places = _published(settings, drafted)
    if not places or severities(settings).get(RULE, Severity.ERROR) is not Severity.ERROR:
        return []
    answers = ask(settings, [Question(address, picture=True) for address in places])
    missing = [
        f"\n  {place}: {address} {why}." for address, place in places.items() if (why := _why_missing(answers[address]))
    ]
    if missing and not force:
        raise Refused(
            f"Readers would not get pictures that were published:{''.join(missing)}",
            hint="Look at [assets] url, folder and publish_command in dispatch.toml, then run the same command again\n"
            f'  → This machine cannot ask for them, but readers can? [check] off = ["{RULE}"]; or once: --force',
        )
    return [RULE] if missing else []


def _published(settings: Settings, drafted: Draft) -> Mapping[str, Place]:
    """The addresses below ``[assets] url`` that an edition asks readers to fetch, and where a text first has each."""
    from dispatch.preflight.manuscript import blocks_of

    places = {address: local.place for address, local in drafted.pictures.by_address.items()}
    if settings.assets.url is not None:
        for block, source in blocks_of(drafted.edition):
            if isinstance(block, Image) and block.src.startswith(f"{settings.assets.url}/"):
                places.setdefault(block.src, Place(source or drafted.edition.slug, block.line if source else None))
    return places


def _why_missing(answer: Answer) -> str | None:
    from dispatch.preflight.images_online import why_not_there, why_unanswered

    unanswered = why_unanswered(answer)
    return why_not_there(answer) or (f"could not be asked for: {unanswered}" if unanswered else None)


def _run(settings: Settings, assets: AssetsSettings, command: str) -> None:
    def failed(why: str, tried: str = command) -> ConfigError:
        place = _place(settings, "publish_command")
        return ConfigError(f"assets.publish_command {why}", place=place, hint=f"Try it: {tried}")

    try:
        arguments = arguments_of(assets, command)
    except ValueError:
        raise failed("cannot be read.") from None
    filled_in = shlex.join(arguments)
    try:
        done = subprocess.run(
            arguments,
            cwd=settings.root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PUBLISH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise failed(f"did not end within {PUBLISH_SECONDS / 60:g} minutes.", filled_in) from None
    except OSError as error:
        raise failed(f"cannot be run: {arguments[0]}: {error.strerror}.", filled_in) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-300:] or "it said nothing"
        raise failed(f"ended with exit code {done.returncode}: {said}", filled_in)


def arguments_of(assets: AssetsSettings, command: str) -> list[str]:
    """A command's words, at least one; raises ``ValueError``. The folder may have a space in its name."""
    words = shlex.split(command)
    if not words:
        raise ValueError("no command")
    return [word.replace("{folder}", str(assets.folder)) for word in words]


def _place(settings: Settings, key: str) -> Place | None:
    origin = settings.origins.get(f"assets.{key}")
    return origin.place if origin is not None else None
