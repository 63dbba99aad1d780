"""Planning: an edition and its audience are frozen once; nobody gets an edition twice."""

from __future__ import annotations

import pytest

from dispatch.ledger.sends import NewEdition, PlannedMeanwhile
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState, SuppressionReason
from support.books import NOW, bring_in, open_ledger, people, plan, planned


def test_the_audience_is_frozen_and_only_add_new_admits_who_joined_since(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 3)
    with ledger:
        bring_in(ledger, ["r0", "r1", "r2", "late"])
        again = plan(ledger)
        assert (again.id, ledger.sends.counts(send.id).total) == (send.id, 3)
        assert ledger.sends.admit_new(send, except_slug=None, now=NOW) == 1
        assert ledger.sends.admit_new(send, except_slug=None, now=NOW) == 0
        assert ledger.sends.counts(send.id).total == 4


def test_who_is_on_two_lists_gets_an_edition_once(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann", "Bob"], name="daily")
        bring_in(ledger, ["Bob", "Cid"], name="weekly")
        daily = plan(ledger, name="daily")
        assert ledger.sends.admissible("first", "weekly", except_slug=None) == 1
        assert ledger.sends.admissible("other", "weekly", except_slug=None) == 2
        weekly = plan(ledger, name="weekly")
        assert ledger.sends.counts(daily.id).total == 2
        assert list(ledger.sends.addresses(weekly.id, DeliveryState.QUEUED)) == ["Cid@example.org"]
        assert ledger.sends.edition_counts("first").total == 3


def test_who_is_suppressed_when_it_is_planned_is_counted_and_not_mailed(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann", "Bob"])
        ledger.people.suppress("ann@example.org", "ann@example.org", SuppressionReason.MANUAL, now=NOW)
        counts = ledger.sends.counts(plan(ledger).id)
    assert (counts[DeliveryState.SUPPRESSED], counts[DeliveryState.QUEUED], counts.unfinished) == (1, 1, 1)


def test_except_leaves_out_who_got_another_edition_or_may_have(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 4)
    with ledger:
        worker = ledger.work.begin("host", 1, now=NOW)
        got, maybe, bounced, _queued = [one.delivery_id for one in ledger.work.claim(send.id, worker, 4, now=NOW)]
        ledger.work.commit(worker, [], [got, maybe, bounced], now=NOW)
        ledger.work.commit(
            worker,
            [
                Settlement(got, DeliveryState.ACCEPTED, "content", 250, "2.0.0", "ok"),
                Settlement(maybe, DeliveryState.UNKNOWN, "content", 0, "", "gone"),
                Settlement(bounced, DeliveryState.BOUNCED, "content", 550, "5.6.0", "no"),
            ],
            [],
            now=NOW,
        )
        second = plan(ledger, "second", except_slug="first")
        left = list(ledger.sends.addresses(second.id, DeliveryState.QUEUED))
    assert left == ["r2@example.org", "r3@example.org"]


def test_editions_are_numbered_and_a_number_is_given_once(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann"])
        assert ledger.sends.next_number() == 1
        plan(ledger, "first")
        assert ledger.sends.next_number() == 2
        with pytest.raises(PlannedMeanwhile):
            ledger.sends.plan(
                NewEdition("other", 1, "S", "other.txt", "0" * 64, "{}"), "daily", "frozen", except_slug=None, now=NOW
            )
        assert ledger.sends.slugs() == ["first"]


def test_a_rehearsal_says_what_planning_does_and_writes_nothing(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann", "Bob", "Cid", "Dan"])
        ledger.people.unsubscribe("Ann@example.org", "ann@example.org", list_name="daily", now=NOW)
        ledger.people.suppress("bob@example.org", "bob@example.org", SuppressionReason.MANUAL, now=NOW)
        before = ledger.sends.slugs()
        with ledger.rehearse("daily", people(["Ann", "Bob", "Cid", "Dan", "New", "New"]), slug="first") as rehearsal:
            mailed = [person.address for person in rehearsal.people]
        assert mailed == ["Cid@example.org", "Dan@example.org", "New@example.org"]
        assert (rehearsal.mailed, rehearsal.suppressed, rehearsal.unsubscribed) == (3, 1, 1)
        assert ledger.sends.slugs() == before
        assert ledger.people.active("daily") == 3
        bring_in(ledger, ["Ann", "Bob", "Cid", "Dan", "New"])
        send = plan(ledger)
        assert list(ledger.sends.addresses(send.id, DeliveryState.QUEUED)) == mailed
        with ledger.rehearse("daily", people(["Cid"]), slug="first") as again:
            assert (again.mailed, again.already) == (0, 1)
        with ledger.rehearse("daily", people(["One", "Two"]), slug="first") as unread:
            assert unread.mailed == 2
        with ledger.waiting(send.id) as waiting:
            assert [person.address for person in waiting] == mailed


def test_two_texts_that_want_one_slug_at_once_do_not_become_one_edition(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann"], name="daily")
        bring_in(ledger, ["Bob"], name="weekly")
        plan(ledger, "first", name="daily")
        other = NewEdition("first", 2, "Another text", "seeds/other.txt", "1" * 64, "{}")
        with pytest.raises(PlannedMeanwhile):
            ledger.sends.plan(other, "weekly", "frozen", except_slug=None, now=NOW)
        assert ledger.sends.find("first", "weekly") is None
