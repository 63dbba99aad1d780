"""Named leases: one holder at a time, by the database's clock, over after a crash."""

from __future__ import annotations

from sqlalchemy import delete, or_

from dispatch.ledger.database import Database, upsert
from dispatch.ledger.schema import lease


class Leases:
    """What must be done by one process at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, name: str, holder: str, seconds: float) -> bool:
        """Take or renew the lease ``name``; false while another holder's has not run out.

        Whoever wants it has to ask for as many ``seconds``.
        """
        clock = self._database.clock()
        statement = upsert(self._database, lease).values(name=name, holder=holder, expires_at=clock + seconds)
        with self._database.writing() as connection:
            return (
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["name"],
                        set_={"holder": holder, "expires_at": clock + seconds},
                        where=or_(
                            lease.c.holder == holder,
                            lease.c.expires_at < clock,
                            # Further ahead than a lease of this name lasts: the clock was set back since.
                            lease.c.expires_at > clock + seconds,
                        ),
                    )
                ).rowcount
                == 1
            )

    def release(self, name: str, holder: str) -> None:
        """Give the lease back, where ``holder`` still has it."""
        with self._database.writing() as connection:
            connection.execute(delete(lease).where(lease.c.name == name, lease.c.holder == holder))
