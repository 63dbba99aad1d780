"""Bringing list files in: who joins, who leaves, and who never comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.errors import ListError
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.settling import Settlement
from dispatch.ledger.states import DeliveryState, SuppressionReason
from dispatch.ledger.sync import Person
from support.books import NOW, bring_in, open_ledger, people, plan, planned


def test_a_row_that_goes_takes_its_reader_off_the_list_and_back_again(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay"])
        gone = ledger.sync("daily", people(["Ann", "Bob", "Cid", "Dan", "Eve"]), digest="2", now=NOW + 1)
        assert (gone.left, gone.members) == (1, 5)
        back = ledger.sync("daily", people(["Ann", "Bob", "Cid", "Dan", "Eve", "Fay"]), digest="3", now=NOW + 2)
        assert (back.joined, back.members) == (1, 6)


def test_someone_who_unsubscribed_does_not_come_back_because_a_file_names_them(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann", "Bob"])
        assert ledger.people.unsubscribe("Ann@example.org", "ann@example.org", list_name="daily", now=NOW)
        assert not ledger.people.unsubscribe("Ann@example.org", "ann@example.org", list_name="daily", now=NOW)
        report = ledger.sync("daily", people(["Ann", "Bob", "Cid"]), digest="new", now=NOW)
        assert (report.kept_out, report.members) == (1, 2)


def test_someone_unknown_can_unsubscribe_before_a_file_names_them(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        ledger.people.unsubscribe("Ann@example.org", "ann@example.org", list_name="daily", now=NOW)
        report = ledger.sync("daily", people(["Ann", "Bob"]), digest="new", now=NOW)
        assert (report.kept_out, report.members) == (1, 1)


def test_of_two_rows_for_one_person_the_first_counts(ledger_url: str) -> None:
    twice = [
        Person("Ann@Example.org", "ann@example.org", {"first_name": "Ann"}),
        Person("ann@example.org", "ann@example.org", {"first_name": "Other"}),
    ]
    with open_ledger(ledger_url) as ledger:
        report = ledger.sync("daily", twice, digest="d", now=NOW)
        assert (report.members, report.duplicates) == (1, 1)
        envelope = ledger.work.claim(plan(ledger).id, ledger.work.begin("host", 1, now=NOW), 10, now=NOW)[0]
    assert (envelope.address, envelope.fields) == ("Ann@Example.org", {"first_name": "Ann"})


def test_a_file_that_lost_a_fifth_changes_nothing_until_someone_says_so(ledger_url: str) -> None:
    names = [f"r{number}" for number in range(10)]
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, names)
        assert ledger.sync("daily", people(names[:8]), digest="2", now=NOW).shrunk
        assert ledger.people.active("daily") == 10
        assert ledger.people.synced_digest("daily") != "2"
        assert not ledger.sync("daily", people(names[:9]), digest="3", now=NOW).shrunk
        assert ledger.sync("daily", people(names[:1]), digest="4", now=NOW, may_shrink=True).members == 1


def test_a_suppressed_address_stays_suppressed_and_is_listed_with_its_reason(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        assert ledger.people.suppress(
            "a@example.org", "a@example.org", SuppressionReason.MANUAL, now=NOW, detail="asked"
        )
        assert not ledger.people.suppress("a@example.org", "a@example.org", SuppressionReason.BOUNCED, now=NOW)
        (only,) = ledger.people.suppressions()
    assert (only.address, only.reason, only.detail) == ("a@example.org", SuppressionReason.MANUAL, "asked")


def test_a_large_list_is_read_in_chunks_and_none_is_lost(ledger_url: str) -> None:
    names = [f"r{number}" for number in range(4_501)]
    with open_ledger(ledger_url) as ledger:
        assert ledger.sync("daily", iter(people(names)), digest="d", now=NOW).members == 4_501


def test_who_unsubscribed_after_a_bounce_stays_away_when_the_bounces_are_undone(ledger_url: str) -> None:
    ledger, send = planned(ledger_url, 2)
    with ledger:
        worker = ledger.work.begin("host", 1, now=NOW)
        rows = ledger.work.claim(send.id, worker, 2, now=NOW)
        ledger.work.commit(
            worker,
            [
                Settlement(row.delivery_id, DeliveryState.BOUNCED, "rcpt", 550, "5.1.1", "no", suppress=True)
                for row in rows
            ],
            [],
            now=NOW,
        )
        assert ledger.people.unsubscribe("r0@example.org", "r0@example.org", list_name=None, now=NOW + 1)
        assert not ledger.people.unsubscribe("r0@example.org", "r0@example.org", list_name=None, now=NOW + 2)
        assert ledger.people.undo_bounces(send.id, now=NOW + 3) == 1
        assert [(one.address, one.reason) for one in ledger.people.suppressions()] == [
            ("r0@example.org", SuppressionReason.UNSUBSCRIBED)
        ]


def test_a_list_that_is_being_read_holds_up_no_send(tmp_path: Path) -> None:
    with (
        open_ledger(tmp_path) as ledger,
        Ledger.open(f"sqlite:///{tmp_path / 'dispatch.db'}?timeout=0", now=NOW) as other,
    ):

        def rows() -> Iterator[Person]:
            for person in people(["Ann", "Bob"]):
                assert other.work.beat(other.work.begin("host", 1, now=NOW))
                yield person

        assert ledger.sync("daily", rows(), digest="d", now=NOW).members == 2


def test_a_list_that_breaks_off_changes_nothing_and_stands_in_nobodys_way(ledger_url: str) -> None:
    def rows() -> Iterator[Person]:
        yield from people(["Ann"])
        raise ListError("torn")

    with open_ledger(ledger_url) as ledger:
        with pytest.raises(ListError, match="torn"):
            ledger.sync("daily", rows(), digest="d", now=NOW)
        assert ledger.people.synced_digest("daily") is None
        assert ledger.sync("daily", people(["Ann"]), digest="d", now=NOW).members == 1


def test_a_changed_row_changes_what_is_written_and_not_since_when_its_reader_is_there(ledger_url: str) -> None:
    with open_ledger(ledger_url) as ledger:
        bring_in(ledger, ["Ann", "Bob"])
        renamed = [Person("Ann@example.org", "ann@example.org", {"first_name": "Anna"}), *people(["Bob"])]
        ledger.sync("daily", renamed, digest="2", now=NOW + 60)
        story = ledger.story_of("ann@example.org", "ann@example.org")
        assert story is not None
        assert story.memberships[0].changed_at == NOW
        envelopes = ledger.work.claim(plan(ledger).id, ledger.work.begin("host", 1, now=NOW), 10, now=NOW)
    assert [one.fields["first_name"] for one in envelopes] == ["Anna", "Bob"]
