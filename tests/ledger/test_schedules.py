"""Due times in the ledger: each acted on once, whoever looks, and changed only from the state one saw."""

from __future__ import annotations

from dataclasses import replace

from dispatch.ledger.schedules import OPEN_STATES, WAITING_STATES, Due
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState, ScheduleState
from support.books import NOW, bring_in, open_ledger, plan

MORNING = Due("command:daily seeds/a.txt", NOW + 3600, "seeds/a.txt", "daily")
CRON = Due("cron:0 7 * * * UTC daily seeds", NOW, "seeds/b.txt", "daily", slug="b")


def test_a_due_time_is_recorded_once_however_often_it_is_found(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        assert ledger.schedules.record(CRON, now=NOW) is not None
        assert ledger.schedules.record(replace(CRON, source="seeds/other.txt"), now=NOW) is None
        assert [row.source for row in ledger.schedules.in_states(OPEN_STATES)] == ["seeds/b.txt"]


def test_something_is_due_when_its_time_has_come_and_until_it_is_done(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        placed, _ = ledger.schedules.place(MORNING, now=NOW)
        assert ledger.schedules.due(NOW + 3599) == []
        assert [row.id for row in ledger.schedules.due(NOW + 3600)] == [placed.id]
        pending = {ScheduleState.PENDING}
        assert ledger.schedules.move(placed.id, pending, ScheduleState.STARTED, slug="a", now=NOW)
        assert not ledger.schedules.move(placed.id, pending, ScheduleState.STARTED, now=NOW)
        assert [row.slug for row in ledger.schedules.due(NOW + 3600)] == ["a"]
        assert ledger.schedules.move(placed.id, {ScheduleState.STARTED}, ScheduleState.DONE, now=NOW)
        assert ledger.schedules.due(NOW + 3600) == []


def test_the_same_source_scheduled_again_moves(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        first, none = ledger.schedules.place(MORNING, now=NOW)
        second, replaced = ledger.schedules.place(replace(MORNING, due_at=NOW + 7200), now=NOW)
        assert none == []
        assert [row.id for row in replaced] == [first.id]
        assert [row.id for row in ledger.schedules.in_states(WAITING_STATES)] == [second.id]


def test_another_list_keeps_its_own_time(ledger_url: str) -> None:
    other = Due("command:weekly seeds/a.txt", NOW + 3600, "seeds/a.txt", "weekly")
    with open_ledger(ledger_url) as ledger:
        ledger.schedules.place(MORNING, now=NOW)
        _, replaced = ledger.schedules.place(other, now=NOW)
        assert replaced == []
        assert len(ledger.schedules.in_states(WAITING_STATES)) == 2


def test_what_was_taken_back_can_be_scheduled_for_the_very_same_time(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        first, _ = ledger.schedules.place(MORNING, now=NOW)
        ledger.schedules.move(first.id, WAITING_STATES, ScheduleState.CANCELLED, now=NOW)
        again, replaced = ledger.schedules.place(MORNING, now=NOW)
        assert (again.state, replaced) == (ScheduleState.PENDING, [])


def test_a_look_is_remembered_with_what_it_found(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        assert ledger.schedules.looked(CRON.origin) is None
        assert len(ledger.schedules.look(CRON.origin, [CRON], until=NOW + 0.25)) == 1
        assert ledger.schedules.looked(CRON.origin) == NOW + 0.25
        assert ledger.schedules.look(CRON.origin, [CRON], until=NOW + 60) == []
        assert ledger.schedules.looked(CRON.origin) == NOW + 60


def test_a_folder_does_not_give_again_what_waits_was_sent_or_was_taken_back(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann"])
        planned = plan(ledger)
        placed = ledger.schedules.record(CRON, now=NOW)
        assert placed is not None
        digest = ledger.sends.edition(planned.slug)
        assert digest is not None
        taken = ledger.schedules.taken("daily")
        assert taken.sources == {"seeds/b.txt"}
        assert taken.sent_digests == {digest.source_digest}
        ledger.schedules.move(placed.id, WAITING_STATES, ScheduleState.CANCELLED, now=NOW)
        assert ledger.schedules.taken("daily").cancelled_slugs == {"b"}
        assert ledger.schedules.taken("weekly").sent_digests == frozenset()


def test_an_interrupted_send_is_continued_unless_it_is_held_or_someone_works_on_it(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann", "Bob", "Cid"])
        planned = plan(ledger)
        worker = ledger.work.begin("host", 1, now=NOW)
        assert len(ledger.work.claim(planned.id, worker, 1, now=NOW)) == 1
        assert ledger.schedules.to_continue(living=[worker], now=NOW) == []
        assert ledger.schedules.to_continue(living=[], now=NOW) == [planned.id]
        ledger.sends.hold(planned.id, "stopped by a person")
        assert ledger.schedules.to_continue(living=[], now=NOW) == []


def test_a_deferred_message_is_taken_up_when_its_time_comes(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann"])
        planned = plan(ledger)
        worker = ledger.work.begin("host", 1, now=NOW)
        (envelope,) = ledger.work.claim(planned.id, worker, 1, now=NOW)
        ledger.work.commit(worker, [], [envelope.delivery_id], now=NOW)
        later = Settlement(envelope.delivery_id, DeliveryState.DEFERRED, "rcpt", 450, "4.2.1", "Later", NOW + 1800)
        ledger.work.commit(worker, [later], [], now=NOW)
        ledger.work.end(worker, now=NOW)
        assert ledger.schedules.to_continue(living=[], now=NOW + 1799) == []
        assert ledger.schedules.to_continue(living=[], now=NOW + 1800) == [planned.id]


def test_a_trouble_is_said_once_and_tried_ever_less_often(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        assert not ledger.troubles.pausing("send 1", now=NOW)
        assert ledger.troubles.note("send 1", "no server", now=NOW)
        assert ledger.troubles.pausing("send 1", now=NOW + 10)
        assert not ledger.troubles.pausing("send 1", now=NOW + 60)
        assert not ledger.troubles.note("send 1", "no server", now=NOW + 60)
        assert ledger.troubles.pausing("send 1", now=NOW + 120)
        assert ledger.troubles.note("send 1", "wrong password", now=NOW + 240)
        ledger.troubles.over("send 1")
        assert not ledger.troubles.pausing("send 1", now=NOW + 240)
        assert ledger.troubles.note("send 1", "wrong password", now=NOW + 300)
