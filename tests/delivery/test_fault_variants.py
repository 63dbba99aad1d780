"""Beside the matrix: a fault that comes again and again, one among several connections, and which refusals suppress."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.ledger.states import DeliveryState
from support.faults import Case, Fault, Moment, expected
from support.faulty_desk import READERS, FaultyDesk, address, desk_with
from support.smtp_rules import At, Rule
from support.smtp_server import Features

HIT = READERS[1]

both_ways = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "one by one"])


@both_ways
@pytest.mark.parametrize("place", [At.RCPT, At.DATA])
@pytest.mark.parametrize(
    "fault", [Fault.GOODBYE, Fault.CLOSE, Fault.RESET, Fault.GARBAGE, Fault.HALF, Fault.CONTRADICTED]
)
def test_who_is_lost_again_and_again_is_deferred_and_the_next_ones_get_theirs(
    place: At, fault: Fault, pipelining: bool
) -> None:
    (rule,) = Case(place, fault, pipelining, Moment.FIRST).rules()
    again = replace(rule, to=address(HIT), times=None)
    with desk_with([again], features=Features(pipelining=pipelining)) as desk:
        desk.run(connections=1)
        after = dict.fromkeys(READERS, DeliveryState.ACCEPTED) | {HIT: DeliveryState.DEFERRED}
        assert desk.states() == after
        row = desk.story_of(HIT)
        assert (row.attempts, row.stage) == (1, place.value)
        assert desk.server.connections == 4, "three for the one, the last for the others"
        desk.server.rules.clear()
        desk.assert_all_settled(after)


AMONG_SEVERAL = [
    Case(place, fault, True, Moment.LATER)
    for place in (At.RCPT, At.DATA, At.CONTENT, At.DOT)
    for fault in Fault
    # Which of the connections it hits cannot be told, so none has a short wait, and none need have a next one to hold.
    if not fault.silent and fault is not Fault.TOGETHER
]


@pytest.mark.parametrize("case", AMONG_SEVERAL, ids=str)
def test_a_fault_of_one_connection_is_none_of_the_others(case: Case) -> None:
    readers = [f"r{number}" for number in range(12)]
    (rule,) = case.rules()
    with desk_with([replace(rule, to=address("r5"), skip=0)], features=Features(size=None), readers=readers) as desk:
        desk.large = "r5" if case.place is At.CONTENT else None
        desk.run(connections=3)
        after = dict.fromkeys(readers, DeliveryState.ACCEPTED) | {"r5": expected(case).state}
        assert desk.states(readers) == after
        desk.assert_all_settled(after, {"r5"} if is_taken(desk, case) else set())


def is_taken(desk: FaultyDesk, case: Case) -> bool:
    """Whether the server has the message of whoever is in doubt."""
    return case.place is At.DOT and desk.state_of("r5") is DeliveryState.UNKNOWN


DEAD = {"550 5.1.1", "550 5.1.6", "551 5.1.10", "550 5.2.1"}


@pytest.mark.parametrize("at", [At.MAIL, At.RCPT, At.DATA, At.DOT])
@pytest.mark.parametrize(
    "code",
    [*sorted(DEAD), "550 5.1.2", "550 5.1.7", "550 5.1.8", "552 5.2.2", "550 5.4.1", "550 5.7.1", "550", "450 4.1.1"],
)
def test_only_a_dead_address_is_suppressed_and_only_when_it_is_named(code: str, at: At) -> None:
    with desk_with([Rule(at, f"{code} So it is", skip=1, times=1)]) as desk:
        desk.run(connections=1)
        assert desk.suppressed == ([address(HIT)] if at is At.RCPT and code in DEAD else [])
        others = [name for name in READERS if name != HIT]
        assert desk.states(others) == dict.fromkeys(others, DeliveryState.ACCEPTED)
        assert desk.server.connections == (2 if (at, code) == (At.MAIL, "450 4.1.1") else 1)
