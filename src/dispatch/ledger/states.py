"""The closed sets of states that rows can be in; the schema's CHECK constraints are made from them."""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """What is known of one edition's way to one subscriber.

    ``queued → sending → accepted | deferred | bounced | unknown``, or ``suppressed``, ``cancelled``, ``expired``.
    """

    QUEUED = "queued"  # will be sent; nothing has gone out
    SENDING = "sending"  # committed before the content's first byte is written; no reply is recorded yet
    ACCEPTED = "accepted"  # 250 to the final dot: never sent again. It does not mean "in the inbox"
    DEFERRED = "deferred"  # will be tried again at next_at
    BOUNCED = "bounced"  # a 5xx about the reader
    UNKNOWN = "unknown"  # the content began to go and no reply came (RFC 1047): it may have arrived
    SUPPRESSED = "suppressed"  # the address may not be mailed
    CANCELLED = "cancelled"  # taken back by a person before it went
    EXPIRED = "expired"  # too old to try again


FINAL_STATES = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.BOUNCED,
        DeliveryState.SUPPRESSED,
        DeliveryState.CANCELLED,
        DeliveryState.EXPIRED,
    }
)
"""States that no run of ``dispatch send`` leaves by itself."""


class Stop(StrEnum):
    """Why nobody may work on a send, whoever is at it now included."""

    PAUSED = "paused"  # by a person, until a person resumes it
    CANCELLED = "cancelled"  # by a person, for good
    TRIPPED = "tripped"  # by the breaker: its messages fail for reasons that are ours


class MembershipStatus(StrEnum):
    """A subscriber's standing on one list."""

    ACTIVE = "active"
    REMOVED = "removed"  # their row left the file: off the list, but they did not ask to go
    UNSUBSCRIBED = "unsubscribed"  # they asked to go: no file brings them back


class SuppressionReason(StrEnum):
    """Why an address may not be mailed at all."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


class EventKind(StrEnum):
    """What the history records: the exceptional. Plain acceptance lives in its row."""

    PLANNED = "planned"
    ADDED = "added"
    FORCED = "forced"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    UNKNOWN = "unknown"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    LATE_ACCEPTANCE = "late acceptance"
    RESEND = "resend"
    RETRY = "retry"
    UNSUBSCRIBED = "unsubscribed"
    WORKER_LOST = "worker lost"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    ASSUMED = "assumed accepted"
    CLOCK = "clock"


class KeyPurpose(StrEnum):
    """What a key of the ledger is for. The suppression key never rotates; retired link keys verify for ever."""

    LINK = "link"
    MESSAGE_ID = "message-id"
    SUPPRESSION = "suppression"


class ScheduleState(StrEnum):
    """What became of one due time."""

    PENDING = "pending"
    STARTED = "started"
    DONE = "done"
    HELD = "held"  # not sent, and a person has to decide
    CANCELLED = "cancelled"
