"""The ledger: the database that knows who got what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

from dispatch.errors import LedgerError
from dispatch.ledger.control import Control
from dispatch.ledger.database import Database
from dispatch.ledger.founding import open_database
from dispatch.ledger.keys import Key, current_key, found, keys, ledger_id, moved_to
from dispatch.ledger.leases import Leases
from dispatch.ledger.people import People
from dispatch.ledger.rehearsal import Rehearsal, rehearse, waiting
from dispatch.ledger.schedules import Schedules
from dispatch.ledger.sends import Sends
from dispatch.ledger.states import KeyPurpose
from dispatch.ledger.story import PersonStory, story_of
from dispatch.ledger.sync import Person, SyncReport, sync_list
from dispatch.ledger.throttles import Throttles
from dispatch.ledger.troubles import Troubles
from dispatch.ledger.work import Work


class Ledger:
    """One open ledger; its rooms share a database.

    :attr:`people` — lists, memberships, suppressions; :attr:`sends` — editions and their sends; :attr:`work` — claims
    and commits of a delivery loop; :attr:`leases` — what only one process may do at a time; :attr:`schedules` — due
    times; :attr:`troubles` — what an unattended run could not do; :attr:`control` — what is decided about a whole send;
    :attr:`throttles` — how fast mail may go.
    """

    def __init__(self, database: Database, now: float) -> None:
        self._database = database
        self.id = _identity(database, now)
        self.people = People(database)
        self.sends = Sends(database)
        self.work = Work(database)
        self.leases = Leases(database)
        self.schedules = Schedules(database)
        self.troubles = Troubles(database)
        self.control = Control(database)
        self.throttles = Throttles(database)

    @classmethod
    def open(cls, url: str, *, now: float) -> Ledger:
        """Open the ledger at an SQLAlchemy URL, founding it where there is none.

        Raises :class:`~dispatch.errors.LedgerError` where it cannot be opened, is damaged, locked, or too new.
        """
        database = open_database(url)
        try:
            return cls(database, now)
        except BaseException:
            database.close()
            raise

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def sync(
        self, name: str, people: Iterable[Person], *, digest: str, now: float, may_shrink: bool = False
    ) -> SyncReport:
        """Make list ``name`` what its file says; see :func:`~dispatch.ledger.sync.sync_list`."""
        return sync_list(self._database, name, people, digest=digest, now=now, may_shrink=may_shrink)

    @contextmanager
    def rehearse(
        self, list_name: str, people: Iterable[Person], *, slug: str, except_slug: str | None = None
    ) -> Iterator[Rehearsal]:
        """Who would get ``slug`` if it were planned now; nothing is written. Memory does not grow with the list."""
        with rehearse(self._database, list_name, people, slug=slug, except_slug=except_slug) as rehearsal:
            yield rehearsal

    @contextmanager
    def waiting(self, send_id: int) -> Iterator[Iterator[Person]]:
        """The readers of a planned send whose message has not gone yet."""
        with self._database.reading() as connection:
            yield waiting(connection, send_id)

    def story_of(self, address: str, key: str) -> PersonStory | None:
        """One person's whole story; ``None`` where the ledger never heard of the address."""
        return story_of(self._database, address, key)

    def link_key(self) -> Key:
        """The key that signs readers' links today."""
        with self._database.reading() as connection:
            return current_key(connection, KeyPurpose.LINK)

    def link_keys(self) -> Mapping[int, Key]:
        """All link keys by id: retired ones still verify unsubscribe links, for ever."""
        with self._database.reading() as connection:
            return keys(connection, KeyPurpose.LINK)


def _identity(database: Database, now: float) -> str:
    # Read first: to look at a ledger that another program is writing must not wait for that one.
    with database.reading() as connection:
        known, elsewhere = ledger_id(connection), moved_to(connection)
    if elsewhere is not None:
        raise LedgerError(
            f"The ledger that was here ({database.shown}) was moved to {elsewhere}.",
            hint=f'Name it in dispatch.toml: in [ledger], url = "{elsewhere}"',
        )
    if known is not None:
        return known
    with database.writing_alone() as connection:
        return found(connection, now)
