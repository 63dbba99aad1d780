"""Editions and sends: frozen when planned, continued ever after, counted at any time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    case,
    exists,
    func,
    insert,
    literal,
    select,
    true,
    update,
)

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.schema import delivery, edition, event, mailing_list, membership, send, subscriber, suppression
from dispatch.ledger.states import FINAL_STATES, DeliveryState, EventKind, MembershipStatus, Stop


@dataclass(frozen=True, slots=True)
class FrozenEdition:
    """An edition as its first send froze it. ``document`` is its ``edition.json``."""

    id: int
    slug: str
    number: int
    subject: str
    source_digest: str
    document: str
    theme: str | None
    """The theme that the seed asked for; ``None``: each list's own."""


@dataclass(frozen=True, slots=True)
class Send:
    """One edition to one list, its audience frozen. ``frozen`` is the rendered edition with its headers, as JSON."""

    id: int
    edition_id: int
    slug: str
    list_name: str
    list_public_id: bytes
    edition_public_id: bytes
    frozen: str
    created_at: float
    held: str | None
    """Why only a person may continue it; ``None`` while a scheduled run may."""
    stop: Stop | None = None
    """Why nobody may work on it."""
    resume_at: float | None = None
    """A limit or quiet hours let nothing go before this time."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries stand in each state."""

    by_state: Mapping[DeliveryState, int]

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def unfinished(self) -> int:
        """Rows that are not final: queued, sending, deferred or unknown."""
        return sum(count for state, count in self.by_state.items() if state not in FINAL_STATES)

    def __getitem__(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)


@dataclass(frozen=True, slots=True)
class NewEdition:
    """What :meth:`Sends.plan` freezes: everything that later runs of the same send need."""

    slug: str
    number: int
    subject: str
    sources: str
    """The seeds' names relative to the workspace, a line each."""
    source_digest: str
    document: str
    theme: str | None = None
    """The theme that the seed asks for; ``None``: each list's own."""


class PlannedMeanwhile(Exception):
    """Another edition was planned since this one was composed, and has its number or its slug: compose it again."""


class Sends:
    """The editions' side of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def edition(self, slug: str) -> FrozenEdition | None:
        """The edition called ``slug``, if it was ever planned."""
        return self._edition(edition.c.slug == slug)

    def edition_of(self, sources: str) -> FrozenEdition | None:
        """The newest edition that was composed from ``sources`` (as in :class:`NewEdition`), whatever its slug."""
        return self._edition(edition.c.sources == sources)

    def slugs(self) -> list[str]:
        """Every edition's slug, newest first."""
        with self._database.reading() as connection:
            return list(connection.scalars(select(edition.c.slug).order_by(edition.c.number.desc())))

    def next_number(self) -> int:
        """The number that the next edition will get."""
        with self._database.reading() as connection:
            return int(connection.scalar(select(func.max(edition.c.number))) or 0) + 1

    def find(self, slug: str, list_name: str) -> Send | None:
        """The send of an edition to a list, if it was ever planned."""
        with self._database.reading() as connection:
            row = connection.execute(
                _sends().where(edition.c.slug == slug, mailing_list.c.name == list_name)
            ).one_or_none()
            return _send(row) if row is not None else None

    def of_edition(self, slug: str) -> list[Send]:
        """All sends of one edition, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(_sends().where(edition.c.slug == slug).order_by(send.c.id))
            return [_send(row) for row in rows]

    def plan(
        self,
        new: NewEdition,
        list_name: str,
        frozen: str,
        *,
        except_slug: str | None,
        now: float,
        despite: Sequence[str] = (),
    ) -> Send:
        """Freeze the edition, what its readers get, and its audience: one transaction, the whole plan or nothing.

        An edition that exists keeps its number and document; someone who has a delivery of it through another list
        gets none here. Calling it for a planned send changes nothing. ``despite`` are the rules of preflight that a
        person overruled; the history keeps them.

        Raises :class:`PlannedMeanwhile` where another process was faster with another text or number.
        """
        with self._database.writing_alone() as connection:
            edition_id = self._edition_row(connection, new, now)
            list_id = connection.scalars(select(mailing_list.c.id).where(mailing_list.c.name == list_name)).one()
            statement = upsert(self._database, send).values(
                edition_id=edition_id, list_id=list_id, frozen=frozen, created_at=now
            )
            fresh = connection.execute(statement.on_conflict_do_nothing()).rowcount > 0
            row = connection.execute(_sends().where(send.c.edition_id == edition_id, send.c.list_id == list_id)).one()
            if fresh:
                count = _admit(connection, row, list_id, except_slug, now)
                detail = f"{count} deliveries" + (f", except who got {except_slug}" if except_slug else "")
                _note(connection, now, EventKind.PLANNED, row.id, detail)
                if despite:
                    _note(connection, now, EventKind.FORCED, row.id, f"in spite of {', '.join(despite)}")
            return _send(row)

    def admit_new(self, planned: Send, *, except_slug: str | None, now: float) -> int:
        """Admit who joined the list since the send was planned; how many."""
        with self._database.writing_alone() as connection:
            row = connection.execute(_sends().where(send.c.id == planned.id)).one()
            count = _admit(connection, row, row.list_id, except_slug, now)
            if count:
                _note(connection, now, EventKind.ADDED, planned.id, f"{count} deliveries")
            return count

    def hold(self, send_id: int, why: str | None) -> None:
        """Leave a send to a person, saying why; ``None`` lets scheduled runs continue it again.

        What is stopped (:class:`~dispatch.ledger.control.Control`) stays as it is.
        """
        with self._database.writing() as connection:
            connection.execute(update(send).where(send.c.id == send_id, send.c.stop.is_(None)).values(held=why))

    def admissible(self, slug: str, list_name: str, *, except_slug: str | None) -> int:
        """How many readers would be mailed if they were admitted to the send now."""
        barred = exists().where(suppression.c.address_hash == subscriber.c.address_hash)
        with self._database.reading() as connection:
            list_id = connection.scalar(select(mailing_list.c.id).where(mailing_list.c.name == list_name))
            if list_id is None:
                return 0
            edition_id = connection.scalar(select(edition.c.id).where(edition.c.slug == slug))
            audience = _audience(list_id, except_slug, edition_id).where(~barred)
            return connection.scalars(audience.with_only_columns(func.count())).one()

    def counts(self, send_id: int) -> Counts:
        """The deliveries of one send, by state."""
        return self._counts(delivery.c.send_id == send_id)

    def edition_counts(self, slug: str) -> Counts:
        """The deliveries of one edition through all its lists, by state."""
        # Through its sends, whose deliveries an index counts.
        sends = select(send.c.id).join(edition).where(edition.c.slug == slug)
        return self._counts(delivery.c.send_id.in_(sends))

    def next_attempt(self, send_id: int) -> float | None:
        """When the first deferred delivery of a send is due."""
        with self._database.reading() as connection:
            first: float | None = connection.scalar(
                select(func.min(delivery.c.next_at)).where(
                    delivery.c.send_id == send_id, delivery.c.state == DeliveryState.DEFERRED
                )
            )
            return first

    def unfinished(self) -> list[Send]:
        """Sends with a queued row, or one whose next attempt is due or ahead: what a scheduled run continues."""
        waiting = exists().where(
            delivery.c.send_id == send.c.id,
            delivery.c.state.in_((DeliveryState.QUEUED, DeliveryState.DEFERRED)),
        )
        with self._database.reading() as connection:
            return [_send(row) for row in connection.execute(_sends().where(waiting).order_by(send.c.id))]

    def reasons(self, send_id: int, state: DeliveryState, limit: int = 5) -> list[tuple[str, int]]:
        """What servers said to the rows in ``state``, the commonest first, with how often."""
        said = func.coalesce(delivery.c.stage, "") + literal(": ") + func.coalesce(delivery.c.reply, "")
        number = func.count().label("number")
        with self._database.reading() as connection:
            rows = connection.execute(
                select(said, number)
                .where(delivery.c.send_id == send_id, delivery.c.state == state)
                .group_by(said)
                .order_by(number.desc())
                .limit(limit)
            )
            return [(row[0], row[1]) for row in rows]

    def addresses(self, send_id: int, state: DeliveryState) -> Iterator[str]:
        """The addresses of the rows in ``state``."""
        with self._database.reading() as connection:
            yield from connection.scalars(
                select(subscriber.c.address)
                .join(delivery, delivery.c.subscriber_id == subscriber.c.id)
                .where(delivery.c.send_id == send_id, delivery.c.state == state)
                .order_by(delivery.c.id)
                .execution_options(yield_per=1_000)
            )

    def _edition(self, chosen: ColumnElement[bool]) -> FrozenEdition | None:
        with self._database.reading() as connection:
            row = connection.execute(
                select(edition).where(chosen).order_by(edition.c.number.desc()).limit(1)
            ).one_or_none()
        if row is None:
            return None
        return FrozenEdition(row.id, row.slug, row.number, row.subject, row.source_digest, row.document, row.theme)

    def _counts(self, chosen: ColumnElement[bool]) -> Counts:
        with self._database.reading() as connection:
            rows = connection.execute(select(delivery.c.state, func.count()).where(chosen).group_by(delivery.c.state))
            return Counts({DeliveryState(row[0]): row[1] for row in rows})

    def _edition_row(self, connection: Connection, new: NewEdition, now: float) -> int:
        found = connection.execute(
            select(edition.c.id, edition.c.source_digest).where(edition.c.slug == new.slug)
        ).one_or_none()
        if found is not None and found.source_digest == new.source_digest:
            return int(found.id)
        taken = select(edition.c.id).where(edition.c.number == new.number)
        if found is not None or connection.scalar(taken) is not None:
            raise PlannedMeanwhile(new.slug)
        made: int = connection.scalars(
            insert(edition)
            .values(
                public_id=secrets.token_bytes(16),
                slug=new.slug,
                number=new.number,
                subject=new.subject,
                sources=new.sources,
                source_digest=new.source_digest,
                document=new.document,
                theme=new.theme,
                created_at=now,
            )
            .returning(edition.c.id)
        ).one()
        return made


def _sends() -> Select[tuple[object, ...]]:
    return (
        select(
            send.c.id,
            send.c.edition_id,
            edition.c.slug,
            mailing_list.c.name.label("list_name"),
            mailing_list.c.public_id.label("list_public_id"),
            edition.c.public_id.label("edition_public_id"),
            send.c.frozen,
            send.c.created_at,
            send.c.held,
            send.c.stop,
            send.c.resume_at,
            send.c.list_id,
        )
        .join_from(send, edition)
        .join(mailing_list)
    )


def _send(row: Row[tuple[object, ...]]) -> Send:
    return Send(
        id=row.id,
        edition_id=row.edition_id,
        slug=row.slug,
        list_name=row.list_name,
        list_public_id=row.list_public_id,
        edition_public_id=row.edition_public_id,
        frozen=row.frozen,
        created_at=row.created_at,
        held=row.held,
        stop=Stop(row.stop) if row.stop is not None else None,
        resume_at=row.resume_at,
    )


def _note(connection: Connection, now: float, kind: EventKind, send_id: int, detail: str) -> None:
    connection.execute(insert(event).values(at=now, kind=kind, send_id=send_id, detail=detail))


def _admit(
    connection: Connection, row: Row[tuple[object, ...]], list_id: int, except_slug: str | None, now: float
) -> int:
    """One delivery for each active member who has none of this edition, in the list's order."""
    audience = _audience(list_id, except_slug, row.edition_id)
    barred = exists().where(suppression.c.address_hash == subscriber.c.address_hash)
    state = case((barred, literal(DeliveryState.SUPPRESSED.value)), else_=literal(DeliveryState.QUEUED.value))
    chosen = audience.with_only_columns(
        literal(row.edition_id), literal(row.id), subscriber.c.id, state, literal(now), literal(now)
    ).order_by(membership.c.subscriber_id)
    columns = ["edition_id", "send_id", "subscriber_id", "state", "created_at", "updated_at"]
    return connection.execute(insert(delivery).from_select(columns, chosen)).rowcount


def _audience(list_id: int, except_slug: str | None, edition_id: int | None) -> Select[tuple[int]]:
    """The list's active members who have no delivery of the edition (``None``: one that nobody has yet)."""
    other = delivery.alias("other")
    has_it = exists().where(other.c.edition_id == edition_id, other.c.subscriber_id == subscriber.c.id)
    return (
        select(subscriber.c.id)
        .select_from(membership.join(subscriber, subscriber.c.id == membership.c.subscriber_id))
        .where(
            membership.c.list_id == list_id,
            membership.c.status == MembershipStatus.ACTIVE,
            ~has_it if edition_id is not None else true(),
            ~got(except_slug) if except_slug else true(),
        )
    )


def got(slug: str) -> ColumnElement[bool]:
    """Whether a subscriber got another edition, or may have: then they count as having it."""
    earlier = delivery.alias("earlier")
    received = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN, DeliveryState.SENDING)
    return exists().where(
        earlier.c.edition_id == select(edition.c.id).where(edition.c.slug == slug).scalar_subquery(),
        earlier.c.subscriber_id == subscriber.c.id,
        earlier.c.state.in_(received),
    )
