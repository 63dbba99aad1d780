"""How fast mail may go, as dispatch.toml says it."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from dispatch.config.load import load_settings
from dispatch.config.settings import Limits, QuietHours, Relay, RelayLimits, Security, Settings, WarmUp
from dispatch.errors import ConfigError


def load(folder: Path, text: str) -> Settings:
    (folder / "dispatch.toml").write_text(text)
    return load_settings(folder, {})


def test_limits_of_the_whole_of_domains_and_of_servers(tmp_path: Path) -> None:
    throttle = load(
        tmp_path,
        '[throttle]\nper_second = 5\nquiet_hours = "22:00-06:30"\n[domains."gmail.com"]\nper_minute = 60\n'
        '[relays."mx.example.org"]\nper_day = 9\n[relays."mx.example.org:587"]\nconnections = 2\n',
    ).throttle
    assert throttle.limits.windows() == ((1, 5),)
    assert throttle.quiet_hours == QuietHours(time(22), time(6, 30))
    assert throttle.domains == {"gmail.com": Limits(per_minute=60)}
    assert throttle.relay(Relay(Security.TLS, "MX.example.org", 465)) == RelayLimits(Limits(per_day=9))
    assert throttle.relay(Relay(Security.STARTTLS, "mx.example.org", 587)) == RelayLimits(connections=2)
    assert throttle.relay(Relay(Security.TLS, "other.example", 465)) == RelayLimits()


def test_without_a_table_nothing_is_limited(tmp_path: Path) -> None:
    throttle = load(tmp_path, "").throttle
    assert (throttle.limits.windows(), throttle.quiet_hours, throttle.warmup) == ((), None, None)


def test_a_warm_up_grows_by_its_factor_until_its_ceiling(tmp_path: Path) -> None:
    warmup = load(tmp_path, "[warmup]\nstart = 200\nceiling = 700").throttle.warmup
    assert warmup == WarmUp(200, 1.5, 700)
    assert [warmup.most(day) for day in range(1, 6)] == [200, 300, 450, 675, None]


def test_a_slow_factor_still_grows() -> None:
    assert [WarmUp(1, 1.1, 3).most(day) for day in range(1, 5)] == [1, 2, 3, None]


def test_retries_are_written_in_minutes_and_days(tmp_path: Path) -> None:
    retry = load(tmp_path, "[retry]\nintervals = [5, 30]\ngive_up_after_days = 2.5").retry
    assert retry.intervals == (300, 1800)
    assert retry.give_up_after == 2.5 * 86_400


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[throttle]\nquiet_hours = "25:00-06:00"', "two times of day"),
        ('[throttle]\nquiet_hours = "06:00-06:00"', "leave some hours"),
        ("[throttle]\nper_second = 0", "from 1 to"),
        ("[throttle]\nper_second = 1.5", "a whole number, not a fraction"),
        ('[domains."Gmail.com"]\nper_day = 1', "'gmail.com'"),
        ('[domains."not a domain"]\nper_day = 1', "no domain"),
        ('[relays."MX.example.org"]\nper_day = 1', "lower case"),
        ('[relays."smtp://mx.example.org:25"]\nper_day = 1', "no server's name"),
        ('[relays."news@mx.example.org"]\nper_day = 1', "no server's name"),
        ("[warmup]\nfactor = 2", "needs 'start'"),
        ("[warmup]\nstart = 5\nceiling = 4", "less than"),
        ("[warmup]\nstart = 5\nfactor = 1", "more than 1"),
        ("[retry]\nintervals = []", "array of minutes"),
        ("[retry]\nintervals = [30, 10]", "not become shorter"),
        ("[retry]\ngive_up_after_days = 0", "more than 0"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, text)
