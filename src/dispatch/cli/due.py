"""``dispatch run-due``: sends what is due, once, with nobody watching.

It never sends what nobody released: a person's send that was stopped or limited is held, and so is all that is late.
What is not understood before an edition is frozen is held and said; what fails after that is tried again, ever less
often, and said once.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import click

from dispatch.cli.audience import open_reader
from dispatch.cli.delivering import HowToRun, exit_code, run_planned, summary
from dispatch.cli.due_seeds import Seed, path_of, read_seed, still_changing
from dispatch.cli.due_times import origin_of, record_due, seed_origin
from dispatch.cli.ledgers import open_or_found
from dispatch.cli.mailing import require_relays, require_sendable
from dispatch.cli.pacing import require_clock
from dispatch.cli.planning import Wanted
from dispatch.cli.send import release
from dispatch.cli.signing import signing_keys
from dispatch.cli.wording import many
from dispatch.config.settings import Settings
from dispatch.delivery.calendar import STALE_HOURS, instant, is_stale
from dispatch.delivery.worker import NOBODY, living, reap
from dispatch.errors import DispatchError, ExitCode, LedgerError, Refused
from dispatch.ledger.faults import afterwards
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.schedules import Scheduled
from dispatch.ledger.sends import Counts, Send
from dispatch.ledger.states import DeliveryState, ScheduleState, Stop

LEASE = "run-due"
LEASE_SECONDS = 90.0
"""After a crash the next run waits so long at most."""

_NOT_DONE = frozenset({ScheduleState.PENDING, ScheduleState.STARTED})
_WORST = (ExitCode.OK, ExitCode.UNFINISHED, ExitCode.REFUSED, ExitCode.ERROR)


def run_due(settings: Settings, clock: Callable[[], datetime], *, trust_clock: bool = False) -> ExitCode:
    """Do all that is due now; at once done where another run is at it. Refused by a clock that went back, unless a
    person says that it is right."""
    with open_or_found(settings, clock()) as ledger, _leased(ledger) as ours:
        if not ours:
            return ExitCode.OK
        require_clock(ledger, clock(), trust=trust_clock)
        run = _Run(settings, ledger, clock)
        with suppress(_Stopped):
            record_due(settings, ledger, clock(), run.say_once)
            run.continue_sends()
            run.act()
            run.tidy()
        return run.code


class _Stopped(Exception):
    """A signal asked this run to end."""


@contextmanager
def _leased(ledger: Ledger) -> Iterator[bool]:
    """Whether this run is the only one; the lease is renewed while it lasts, and runs out by itself after a crash."""
    holder = secrets.token_hex(8)
    if not ledger.leases.acquire(LEASE, holder, LEASE_SECONDS):
        yield False
        return
    over = threading.Event()

    def renew() -> None:
        while not over.wait(LEASE_SECONDS / 3):
            # A missed renewal is made good by the next; each message is safe without the lease too.
            with suppress(LedgerError):
                ledger.leases.acquire(LEASE, holder, LEASE_SECONDS)

    renewing = threading.Thread(target=renew, name="lease", daemon=True)

    def release() -> None:
        over.set()
        renewing.join()
        ledger.leases.release(LEASE, holder)

    renewing.start()
    with afterwards(release):
        yield True


@dataclass(slots=True)
class _Run:
    settings: Settings
    ledger: Ledger
    clock: Callable[[], datetime]
    code: ExitCode = ExitCode.OK
    seen: set[int] = field(default_factory=set)
    """Sends that this run has worked on."""

    @property
    def stamp(self) -> float:
        return self.clock().timestamp()

    # -- what was begun -----------------------------------------------------------------------------------------

    def continue_sends(self) -> None:
        """Go on with sends that broke off, and with deferred messages whose time has come."""
        workers = living(self.ledger.work, self.settings.state / "workers")
        self._give_up()
        chosen = set(self.ledger.schedules.to_continue(living=workers, now=self.stamp))
        for send in self.ledger.sends.unfinished() if chosen else ():
            if send.id in chosen:
                row = self._row_of(send)
                if row is not None and self._too_late_to_begin(row, send):
                    self.ledger.sends.hold(send.id, "it was not begun in time")
                    self._hold(row, f"{self._late(row)}, and nothing of it had gone")
                else:
                    self._deliver(send, row)
        self._find_the_dead()

    def _find_the_dead(self) -> None:
        """End the senders that died with the last of a send on the wire: nothing of it is due, so no run would."""
        found = reap(self.ledger.work, self.settings.state / "workers", NOBODY, now=self.stamp)
        if found:
            click.echo(f"A sender died before: {many(found, 'message')} it was sending may have arrived.")
            click.echo("  → dispatch status tells of which edition; dispatch unknown SLUG lists them")
            self._worse(ExitCode.UNFINISHED)

    def _give_up(self) -> None:
        """What was refused for too long is given up though its next attempt lies ahead; what was cancelled while it
        was on the wire is not tried again."""
        age = self.settings.retry.give_up_after
        for send in self.ledger.sends.unfinished():
            if send.stop is Stop.CANCELLED:
                self.ledger.control.cancel(send.id, now=self.stamp)
            elif send.held is None and send.created_at < self.stamp - age:
                self.ledger.work.expire(send.id, older_than=self.stamp - age, now=self.stamp)

    def _row_of(self, send: Send) -> Scheduled | None:
        rows = self.ledger.schedules.in_states({ScheduleState.STARTED})
        return next((row for row in rows if (row.slug, row.list_name) == (send.slug, send.list_name)), None)

    def _too_late_to_begin(self, row: Scheduled, send: Send) -> bool:
        counts = self.ledger.sends.counts(send.id)
        untouched = counts[DeliveryState.QUEUED] + counts[DeliveryState.SUPPRESSED] == counts.total
        return untouched and self._is_late(row)

    # -- what is done about it ----------------------------------------------------------------------------------

    def act(self) -> None:
        """Send what is due and may go; hold what is late. What one due time runs into does not stop the next."""
        for row in self.ledger.schedules.due(self.stamp):
            planned = self._planned(row)
            if row.state is ScheduleState.STARTED and planned is not None:
                self._settle(row, planned)
                continue
            try:
                self._begin(row)
            except OSError as error:
                self.say_once(f"schedule {row.id}", error)

    def _begin(self, row: Scheduled) -> None:
        path = path_of(self.settings, row.source)
        try:
            seed = read_seed(self.settings, path)
        except DispatchError as error:
            self._hold(row, error.message, error)
            return
        if moved := self._moved(row, seed):
            self.ledger.schedules.move(row.id, _NOT_DONE, ScheduleState.CANCELLED, note=moved, now=self.stamp)
            return
        waits = None
        if seed.front_matter.draft:
            waits = "it is a draft"
        elif still_changing(path, self.clock()):
            waits = "its file was changed a moment ago"
        if self._is_late(row):
            self._hold(row, f"{self._late(row)}{f'; {waits}' if waits else ''}")
        elif waits is None:
            self._send(row)

    def _moved(self, row: Scheduled, seed: Seed) -> str | None:
        """Whether the seed's own time, which the row was made for, is another one now (that has its own row)."""
        if row.origin != seed_origin(row.source):
            return None
        send_at = seed.front_matter.send_at
        if send_at is None:
            return "send_at was taken out"
        moved = instant(send_at, self.settings.for_list(row.list_name).timezone).timestamp() != row.due_at
        return f"send_at is {send_at:%Y-%m-%d %H:%M} now" if moved else None

    def _send(self, row: Scheduled) -> None:
        if not self.ledger.schedules.move(row.id, _NOT_DONE, ScheduleState.STARTED, now=self.stamp):
            return
        try:
            planned = self._release(row)
        except LedgerError:
            raise
        except DispatchError as error:
            self._hold(row, error.message, error)
            return
        self.ledger.schedules.move(row.id, _NOT_DONE, ScheduleState.STARTED, slug=planned.slug, now=self.stamp)
        self._deliver(planned, row)

    def _release(self, row: Scheduled) -> Send:
        require_relays(self.settings)
        require_sendable(self.settings.for_list(row.list_name), row.list_name)
        signing_keys(self.settings, row.list_name)
        reader = open_reader(self.settings, row.list_name)
        wanted = Wanted(row.list_name, (path_of(self.settings, row.source),))
        planned = release(self.settings, self.ledger, wanted, reader, self.clock(), yes=True, may_shrink=False)
        if planned.held is not None:
            raise Refused(f"Edition {planned.slug} is held: {planned.held}.")
        return planned

    def _deliver(self, send: Send, row: Scheduled | None) -> None:
        key = f"send {send.id}"
        if send.id in self.seen or self.ledger.troubles.pausing(key, now=self.stamp):
            return
        self.seen.add(send.id)
        try:
            finished = run_planned(self.settings, require_relays(self.settings), self.ledger, send, HowToRun())
        except LedgerError:
            raise
        except DispatchError as error:
            self.say_once(key, error)
            return
        self.ledger.troubles.over(key)
        self._worse(exit_code(finished.counts))
        if row is not None:
            self._settled(row, finished.counts, finished.held)
        if finished.stopped:
            raise _Stopped

    def tidy(self) -> None:
        """Close the held rows whose edition a person has sent since."""
        for row in self.ledger.schedules.in_states({ScheduleState.HELD}):
            planned = self._planned(row)
            if planned is not None and (planned.held is None or planned.stop is Stop.CANCELLED):
                self._settle(row, planned)

    def _planned(self, row: Scheduled) -> Send | None:
        return self.ledger.sends.find(row.slug, row.list_name) if row.slug else None

    def _settle(self, row: Scheduled, planned: Send) -> None:
        if planned.stop is Stop.CANCELLED:
            begun = {ScheduleState.STARTED, ScheduleState.HELD}
            self.ledger.schedules.move(row.id, begun, ScheduleState.CANCELLED, note="cancelled by hand", now=self.stamp)
        elif planned.id not in self.seen:
            self._settled(row, self.ledger.sends.counts(planned.id), planned.held)

    def _settled(self, row: Scheduled, counts: Counts, held: str | None) -> None:
        """Write down what became of a row whose send was begun. Deferred messages are the send's own matter."""
        begun = {ScheduleState.STARTED, ScheduleState.HELD}
        if held is not None:
            self.ledger.schedules.move(row.id, begun, ScheduleState.HELD, note=held, now=self.stamp)
        elif counts[DeliveryState.QUEUED] + counts[DeliveryState.SENDING] == 0:
            self.ledger.schedules.move(row.id, begun, ScheduleState.DONE, note=summary(counts), now=self.stamp)

    # -- what is said -------------------------------------------------------------------------------------------

    def _hold(self, row: Scheduled, why: str, error: DispatchError | None = None) -> None:
        if not self.ledger.schedules.move(row.id, _NOT_DONE, ScheduleState.HELD, note=why, now=self.stamp):
            return
        click.echo(f"Held: {row.source} to {row.list_name}: {why}", err=True)
        if error is not None and error.hint:
            click.echo(f"  → {error.hint}", err=True)
        then = "Once that is mended, let it go" if error is not None else "Send it all the same"
        click.echo(f"  → {then}: dispatch schedules --release {row.id}", err=True)
        click.echo(f"  → Or let it be: dispatch schedules --cancel {row.id}", err=True)
        self._worse(error.exit_code if error is not None else ExitCode.REFUSED)

    def say_once(self, key: str, error: DispatchError | OSError) -> None:
        """Say what keeps failing, the first time."""
        if self.ledger.troubles.pausing(key, now=self.stamp):
            return
        if self.ledger.troubles.note(key, str(error), now=self.stamp):
            click.echo(f"error: {error}", err=True)
            self._worse(error.exit_code if isinstance(error, DispatchError) else ExitCode.ERROR)

    def _worse(self, code: ExitCode) -> None:
        self.code = max(self.code, code, key=_WORST.index)

    def _stale_hours(self, row: Scheduled) -> float:
        for schedule in self.settings.schedules:
            if origin_of(self.settings, schedule) == row.origin:
                return schedule.stale_after_hours
        return STALE_HOURS

    def _is_late(self, row: Scheduled) -> bool:
        return is_stale(datetime.fromtimestamp(row.due_at, UTC), self.clock(), self._stale_hours(row))

    def _late(self, row: Scheduled) -> str:
        due = datetime.fromtimestamp(row.due_at, self.settings.for_list(row.list_name).timezone)
        return f"it was due on {due:%Y-%m-%d at %H:%M %Z}, more than {self._stale_hours(row):g} hours ago"
