"""Opening the workspace's ledger, and refusing a wrong one: readers must not get everything again."""

from __future__ import annotations

from datetime import datetime

from dispatch.config.secrets import ledger_url
from dispatch.config.settings import Settings
from dispatch.errors import Refused
from dispatch.ledger.database import sqlite_file, without_password
from dispatch.ledger.founding import exists
from dispatch.ledger.ledger import Ledger


def open_existing(settings: Settings, now: datetime, *, needed: bool = True) -> Ledger | None:
    """The workspace's ledger, or ``None`` where nothing was ever written; asking creates nothing.

    Refused where ``dispatch.toml`` names a ledger that is not there: "nothing was sent" would be wrong. Who only
    tries something does not need it.
    """
    if not exists(_url(settings)):
        if needed:
            _require_unnamed(settings)
        return None
    ledger = Ledger.open(_url(settings), now=now.timestamp())
    _check(settings, ledger)
    return ledger


def open_or_found(settings: Settings, now: datetime) -> Ledger:
    """The workspace's ledger, founded where there is none.

    Refused where ``dispatch.toml`` names another ledger: a fresh clone or a second laptop knows nobody who was
    mailed.
    """
    if not exists(_url(settings)):
        _require_unnamed(settings)
    ledger = Ledger.open(_url(settings), now=now.timestamp())
    _check(settings, ledger)
    return ledger


def adopt(settings: Settings, ledger: Ledger) -> None:
    """Write the ledger's id into ``dispatch.toml`` at the first real send."""
    if settings.ledger.id is None and settings.file is not None:
        from dispatch.config.edit import set_key

        set_key(settings.file, "ledger", "id", ledger.id)


def ledger_file(settings: Settings, target: str) -> str:
    """The URL of the ledger that lies in a file and is to go to ``target``; refused where there is none."""
    if sqlite_file(_url(settings)) is None:
        raise Refused(
            f"The ledger lies on a server already: {_shown(settings)}.",
            hint="From server to server it goes with pg_dump and psql; nothing may be sent meanwhile.",
        )
    if not exists(_url(settings)):
        _require_unnamed(settings)
        raise Refused(
            "There is no ledger to move: nothing was sent yet.",
            hint=f'Begin on the server: in dispatch.toml, [ledger], write url = "{target}"',
        )
    return _url(settings)


def require_this(settings: Settings, name: str) -> None:
    """Refuse a ledger that is not the one which ``dispatch.toml`` names."""
    if settings.ledger.id not in (None, name):
        raise _wrong(settings, f"the one at {_shown(settings)} is {name}")


def _url(settings: Settings) -> str:
    """The ledger's URL with its password, which the settings never hold."""
    return ledger_url(settings).reveal()


def _require_unnamed(settings: Settings) -> None:
    if settings.ledger.id is not None:
        raise _wrong(settings, f"there is no ledger at {_shown(settings)}")


def _check(settings: Settings, ledger: Ledger) -> None:
    try:
        require_this(settings, ledger.id)
    except Refused:
        ledger.close()
        raise


def _shown(settings: Settings) -> str:
    file = sqlite_file(settings.ledger.url)
    if file is None:
        return without_password(settings.ledger.url)
    return str(file.relative_to(settings.root)) if file.is_relative_to(settings.root) else str(file)


def _wrong(settings: Settings, found: str) -> Refused:
    return Refused(
        f"This newsletter's deliveries are recorded in ledger {settings.ledger.id} (dispatch.toml, [ledger] id), but "
        f"{found}. Sending without it could mail everyone again.",
        hint="Copy that ledger here (.dispatch/dispatch.db, from the machine that sent before), or name its database "
        "in [ledger] url. Only if it is lost for good: remove the line `id = …` and begin a new one.",
    )
