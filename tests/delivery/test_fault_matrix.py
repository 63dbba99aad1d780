"""Every stage of a session × everything a server can do wrong there × PIPELINING or not: what the ledger then says of
this reader, of the next one in the pipeline, and of those after them.

What has to come of each case stands in ``support/faults.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.delivery.outcome import Stage
from dispatch.delivery.smtp import SessionFailed
from dispatch.ledger.states import DeliveryState
from support.faults import NONSENSE, PLACES, Case, Fate, Fault, Moment, cases, every_case, expected
from support.faulty_desk import READERS, FaultyDesk, address, desk_for
from support.smtp_rules import At, Then


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_fault_costs_nobody_their_message_and_brings_nobody_two(case: Case) -> None:
    assert_comes_of(case, expected(case))


OVER_TLS = [case for case in cases() if not case.opens and case.pipelining and case.moment is Moment.LATER]


@pytest.mark.parametrize("case", OVER_TLS, ids=str)
def test_nor_does_it_over_tls(case: Case) -> None:
    assert_comes_of(case, expected(case), tls=True)


def test_no_combination_is_left_out_and_the_documentation_counts_right(root: Path) -> None:
    page = root / "docs" / "delivery.md"
    combined = {(case.place, case.fault, case.pipelining, case.moment) for case in every_case()}
    assert len(combined) == len(PLACES) * len(Fault) * 2 * len(Moment)
    senseless = {case for case in every_case() if expected(case) is Fate.NONSENSE}
    assert {(case.place, case.fault) for case in senseless} == set(NONSENSE)
    run = set(cases())
    assert len(run) + len(senseless) == len(combined)
    said = " ".join(page.read_text(encoding="utf-8").split())
    assert f"{len(combined)} combinations, of which {len(senseless)} make no sense" in said
    assert f"and {len(run)} are run; {len(OVER_TLS)} of them once more over TLS" in said


def assert_comes_of(case: Case, fate: Fate, *, tls: bool = False) -> None:
    hit = READERS[case.position]
    with desk_for(case, tls=tls) as desk:
        if tls and (case.place, case.fault) == (At.CONTENT, Fault.GOODBYE):
            # Under TLS the end of the connection may overtake what was said before it.
            desk.server.rules[0].then = Then.HANG
        run_into(desk, case, fate)
        after = states(case, fate)
        assert desk.states() == after
        assert_says_why(desk, case, fate)
        in_doubt = {name for name, state in after.items() if state is DeliveryState.UNKNOWN}
        taken = in_doubt - ({hit} if case.place is At.CONTENT else set())
        assert_taken_in_order(desk, case, fate, taken)
        assert desk.suppressed == ([address(hit)] if fate is Fate.DEAD else [])
        desk.assert_all_settled(after, taken)


def run_into(desk: FaultyDesk, case: Case, fate: Fate) -> None:
    """The run that meets the fault."""
    if fate is not Fate.FAIL:
        ended = desk.run(connections=1)
        assert ended.halted is None
        return
    with pytest.raises(SessionFailed) as caught:
        desk.run(connections=1)
    stages = {case.stage}
    if (case.place, case.fault) == (At.BANNER, Fault.RESET):
        stages.add(Stage.CONNECT)  # it may overtake the news that the connection stands
    assert caught.value.outcome.stage in stages
    assert caught.value.outcome.code == case.code
    assert caught.value.hint


def states(case: Case, fate: Fate) -> dict[str, DeliveryState]:
    """Everybody's state after the run."""
    others = DeliveryState.QUEUED if fate is Fate.FAIL else DeliveryState.ACCEPTED
    after = dict.fromkeys(READERS, others) | {READERS[case.position]: fate.state}
    if fate is Fate.AGAIN_IN_DOUBT:
        after[READERS[case.position - 1]] = DeliveryState.UNKNOWN
    return after


def assert_says_why(desk: FaultyDesk, case: Case, fate: Fate) -> None:
    row = desk.story_of(READERS[case.position])
    if fate is Fate.FAIL:
        assert (row.attempts, row.stage) == (0, None)
        return
    assert row.attempts == 1, "a connection that is lost before the message counts for nobody"
    if row.state is DeliveryState.ACCEPTED:
        assert (row.stage, row.code) == ("content", 250)
        return
    assert row.stage == case.stage.value
    assert row.reply
    assert row.reply.startswith("policy: ") is (fate is Fate.POLICY)
    if fate is not Fate.DOUBT:
        assert row.code == case.code
    assert (row.next_at is not None) is (row.state is DeliveryState.DEFERRED)


def assert_taken_in_order(desk: FaultyDesk, case: Case, fate: Fate, in_doubt: set[str]) -> None:
    """What the server took in the run, in the order of the readers, and over which of its connections each came."""
    before = case.connection
    # What was not even made, the server never saw.
    after = before + (fate.loses_connection and case.place is not At.CONNECT)
    begun_anew = fate in {Fate.AGAIN, Fate.AGAIN_IN_DOUBT}
    over = {
        address(name): after if position > case.position or (position == case.position and begun_anew) else before
        for position, name in enumerate(READERS)
        if name in in_doubt or states(case, fate)[name] is DeliveryState.ACCEPTED
    }
    assert [(one.recipient, one.connection) for one in desk.server.messages] == list(over.items())
