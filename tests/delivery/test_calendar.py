"""Due times: each exactly once, on the days when the clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.delivery.calendar import (
    due_times,
    exists,
    instant,
    is_stale,
    latest_due,
    next_due,
    readings,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dues(cron: str, zone: ZoneInfo, after: str, until: str) -> list[str]:
    return [due.isoformat(sep=" ", timespec="minutes") for due in due_times(cron, zone, utc(after), utc(until))]


@pytest.mark.parametrize(
    ("zone", "days", "offsets"),
    [
        # The clocks go forward on 2026-03-29 and back on 2026-10-25 in Berlin, on 03-08 and 11-01 in New York.
        (BERLIN, ("2026-03-28", "2026-03-31"), ["+01:00", "+02:00", "+02:00"]),
        (BERLIN, ("2026-10-24", "2026-10-27"), ["+02:00", "+01:00", "+01:00"]),
        (NEW_YORK, ("2026-03-07", "2026-03-10"), ["-05:00", "-04:00", "-04:00"]),
        (NEW_YORK, ("2026-10-31", "2026-11-03"), ["-04:00", "-05:00", "-05:00"]),
    ],
)
def test_seven_in_the_morning_stays_seven_across_a_change(
    zone: ZoneInfo, days: tuple[str, str], offsets: list[str]
) -> None:
    found = dues("0 7 * * *", zone, f"{days[0]} 04:00", f"{days[1]} 04:00")
    assert [due[11:16] for due in found] == ["07:00"] * 3
    assert [due[16:] for due in found] == offsets


@pytest.mark.parametrize(
    ("cron", "zone", "day", "expected"),
    [
        # Skipped: due as soon as the clocks have been put forward, once.
        ("30 2 * * *", BERLIN, "2026-03-29", ["2026-03-29 03:00+02:00"]),
        ("30 2 * * *", NEW_YORK, "2026-03-08", ["2026-03-08 03:00-04:00"]),
        ("0,30 2 * * *", BERLIN, "2026-03-29", ["2026-03-29 03:00+02:00"]),
        # Shown twice: the first time only.
        ("30 2 * * *", BERLIN, "2026-10-25", ["2026-10-25 02:30+02:00"]),
        ("30 1 * * *", NEW_YORK, "2026-11-01", ["2026-11-01 01:30-04:00"]),
    ],
)
def test_a_time_that_the_change_touches_is_due_once(cron: str, zone: ZoneInfo, day: str, expected: list[str]) -> None:
    before, after = utc(f"{day} 00:00") - timedelta(hours=6), utc(f"{day} 00:00") + timedelta(hours=30)
    found = [due.isoformat(sep=" ", timespec="minutes") for due in due_times(cron, zone, before, after)]
    assert [due for due in found if due.startswith(day)] == expected


@pytest.mark.parametrize(("hours", "day"), [(23, "2026-03-29"), (25, "2026-10-25"), (24, "2026-06-01")])
def test_every_hour_is_every_real_hour(hours: int, day: str) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    end = (datetime.fromisoformat(day) + timedelta(days=1)).replace(tzinfo=BERLIN)
    found = list(due_times("0 * * * *", BERLIN, start - timedelta(seconds=1), end - timedelta(seconds=1)))
    assert len(found) == len({due.astimezone(UTC) for due in found}) == hours


CRONS = ["0 7 * * *", "30 2 * * *", "15,45 1,2,3 * * *", "*/20 * * * *", "30 * * * *", "0 2 * * sun", "5 */2 * * *"]


@given(
    cron=st.sampled_from(CRONS),
    zone=st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")]),
    change=st.sampled_from(["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01"]),
    looks=st.lists(st.integers(-36 * 3600, 36 * 3600), min_size=3, max_size=12, unique=True).map(sorted),
)
def test_however_often_one_looks_each_due_time_is_found_once(
    cron: str, zone: ZoneInfo, change: str, looks: list[int]
) -> None:
    """run-due looks at whatever moments cron lets it; windows that meet must neither lose nor repeat a time."""
    times = [utc(change) + timedelta(seconds=seconds) for seconds in looks]
    in_pieces = [due.astimezone(UTC) for begin, end in pairwise(times) for due in due_times(cron, zone, begin, end)]
    at_once = [due.astimezone(UTC) for due in due_times(cron, zone, times[0], times[-1])]
    assert in_pieces == at_once
    assert len(set(at_once)) == len(at_once)


def test_the_window_holds_its_end_and_not_its_start() -> None:
    assert dues("0 7 * * *", ZoneInfo("UTC"), "2026-11-24 07:00", "2026-11-25 07:00") == ["2026-11-25 07:00+00:00"]


def test_the_latest_due_time_of_a_long_absence_is_found() -> None:
    zone = ZoneInfo("UTC")
    assert latest_due("* * * * *", zone, utc("2020-01-01"), utc("2026-01-01")) == utc("2026-01-01")
    assert latest_due("0 7 1 1 *", zone, utc("2020-06-01"), utc("2026-12-01")) == utc("2026-01-01 07:00")
    assert latest_due("0 7 29 2 *", zone, utc("2020-06-01"), utc("2026-12-01")) == utc("2024-02-29 07:00")
    assert latest_due("0 7 * * *", zone, utc("2026-11-24 08:00"), utc("2026-11-25 06:00")) is None


def test_the_next_due_time() -> None:
    assert next_due("0 7 * * mon", BERLIN, utc("2026-11-24 12:00")) == utc("2026-11-30 06:00")


def test_a_local_time_means_one_instant_as_a_rule() -> None:
    (only,) = readings(datetime.fromisoformat("2026-11-24 07:00"), BERLIN)
    assert only.isoformat() == "2026-11-24T07:00:00+01:00"
    assert exists(datetime.fromisoformat("2026-11-24 07:00"), BERLIN)


def test_a_local_time_that_comes_twice_has_two_readings() -> None:
    twice = readings(datetime.fromisoformat("2026-10-25 02:30"), BERLIN)
    assert [each.isoformat() for each in twice] == ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"]
    assert exists(datetime.fromisoformat("2026-10-25 02:30"), BERLIN)


def test_a_local_time_that_is_skipped_has_one_reading_on_each_side() -> None:
    around = readings(datetime.fromisoformat("2026-03-29 02:30"), BERLIN)
    assert [each.isoformat() for each in around] == ["2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"]
    assert not exists(datetime.fromisoformat("2026-03-29 02:30"), BERLIN)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (datetime.fromisoformat("2026-11-24 07:00"), "2026-11-24T06:00:00+00:00"),
        (datetime.fromisoformat("2026-03-29 02:30"), "2026-03-29T01:30:00+00:00"),
        (datetime.fromisoformat("2026-10-25 02:30"), "2026-10-25T00:30:00+00:00"),
        (datetime.fromisoformat("2026-11-24T07:00:00-05:00"), "2026-11-24T12:00:00+00:00"),
    ],
)
def test_a_written_time_is_read_in_the_newsletters_timezone(written: datetime, meant: str) -> None:
    assert instant(written, BERLIN).astimezone(UTC).isoformat() == meant


def test_late_is_stale_after_so_many_real_hours() -> None:
    due = datetime(2026, 10, 25, 0, 30, tzinfo=BERLIN)
    # From 00:30 to 05:30 is six hours on the night the clocks go back.
    assert not is_stale(due, datetime(2026, 10, 25, 5, 30, tzinfo=BERLIN), 6)
    assert is_stale(due, datetime(2026, 10, 25, 5, 31, tzinfo=BERLIN), 6)
