"""Unsubscriptions and suppressions: who may not be mailed, whatever a file says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.keys import address_hash, current_key
from dispatch.ledger.schema import event, mailing_list, membership, subscriber, suppression
from dispatch.ledger.staging import Person, subscriber_row
from dispatch.ledger.states import EventKind, KeyPurpose, MembershipStatus, SuppressionReason
from dispatch.ledger.sync import active_members, list_row


@dataclass(frozen=True, slots=True)
class Suppression:
    """A suppressed address. ``at`` is in epoch seconds."""

    address: str | None
    reason: SuppressionReason
    detail: str
    at: float


class People:
    """The audience side of a ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def synced_digest(self, name: str) -> str | None:
        """The digest of the file that list ``name`` was last brought in from."""
        with self._database.reading() as connection:
            return connection.scalar(select(mailing_list.c.digest).where(mailing_list.c.name == name))

    def active(self, name: str) -> int:
        """How many are on list ``name``."""
        with self._database.reading() as connection:
            list_id = connection.scalar(select(mailing_list.c.id).where(mailing_list.c.name == name))
            return 0 if list_id is None else active_members(connection, list_id)

    def unsubscribe(self, address: str, key: str, *, list_name: str | None, now: float) -> bool:
        """Take someone off one list, or off everything; true where that changed something.

        They need not be known: the ledger remembers them, so that a file that names them later changes nothing.
        """
        if list_name is None:
            return self.suppress(address, key, SuppressionReason.UNSUBSCRIBED, now=now)
        with self._database.writing_alone() as connection:
            person = self._known(connection, address, key, now)
            list_id = list_row(connection, list_name)
            was = connection.scalar(
                select(membership.c.status).where(membership.c.list_id == list_id, membership.c.subscriber_id == person)
            )
            statement = upsert(self._database, membership).values(
                list_id=list_id,
                subscriber_id=person,
                status=MembershipStatus.UNSUBSCRIBED,
                fields="{}",
                joined_at=now,
                changed_at=now,
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["list_id", "subscriber_id"],
                    set_={"status": MembershipStatus.UNSUBSCRIBED, "changed_at": now},
                )
            )
            if was == MembershipStatus.UNSUBSCRIBED:
                return False
            _record(connection, now, EventKind.UNSUBSCRIBED, person, f"from list {list_name}")
            return True

    def suppress(self, address: str, key: str, reason: SuppressionReason, *, now: float, detail: str = "") -> bool:
        """Never mail ``address`` again, whatever a file says; true where that changed something.

        A person's word outlasts a bounce: what undoing a send's bounces lifts must not bring them back.
        """
        with self._database.writing() as connection:
            secret = current_key(connection, KeyPurpose.SUPPRESSION).secret
            statement = upsert(self._database, suppression).values(
                address_hash=address_hash(secret, key), address=address, reason=reason, detail=detail, created_at=now
            )
            over_a_bounce = statement.on_conflict_do_update(
                index_elements=["address_hash"],
                set_={"reason": reason, "detail": detail, "send_id": None, "created_at": now},
                where=(suppression.c.reason == SuppressionReason.BOUNCED)
                & (statement.excluded.reason != SuppressionReason.BOUNCED),
            )
            fresh = connection.execute(over_a_bounce).rowcount > 0
            if fresh:
                person = connection.scalar(select(subscriber.c.id).where(subscriber.c.address_key == key))
                _record(connection, now, EventKind.SUPPRESSED, person, f"{reason}{': ' if detail else ''}{detail}")
            return fresh

    def undo_bounces(self, send_id: int, *, now: float) -> int:
        """Lift every suppression that one send's bounces caused (a wrong relay refuses everyone); how many."""
        with self._database.writing() as connection:
            lifted = connection.execute(delete(suppression).where(suppression.c.send_id == send_id)).rowcount
            if lifted:
                detail = f"lifted {lifted} suppressions of this send"
                connection.execute(
                    insert(event).values(at=now, kind=EventKind.SUPPRESSED, send_id=send_id, detail=detail)
                )
            return lifted

    def suppressions(self) -> Iterator[Suppression]:
        """Every suppressed address, newest first."""
        with self._database.reading() as connection:
            for row in connection.execute(select(suppression).order_by(suppression.c.created_at.desc())):
                yield Suppression(row.address, SuppressionReason(row.reason), row.detail, row.created_at)

    def _known(self, connection: Connection, address: str, key: str, now: float) -> int:
        secret = current_key(connection, KeyPurpose.SUPPRESSION).secret
        connection.execute(
            upsert(self._database, subscriber)
            .values(**subscriber_row(Person(address, key, {}), secret), created_at=now)
            .on_conflict_do_nothing()
        )
        return int(connection.scalars(select(subscriber.c.id).where(subscriber.c.address_key == key)).one())


def _record(connection: Connection, now: float, kind: EventKind, person: int | None, detail: str) -> None:
    connection.execute(insert(event).values(at=now, kind=kind, subscriber_id=person, detail=detail))
