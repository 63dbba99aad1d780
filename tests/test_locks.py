"""The locked versions: they are what pyproject.toml asks for, whole, and name no place to fetch from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("runtime", "dev")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _pins(name: str) -> dict[str, str]:
    return {
        canonicalize_name(found[1]): found[2] for found in re.finditer(r"^([\w.-]+)==(\S+)", _lock(name), re.MULTILINE)
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_satisfies_what_the_project_asks_for(lock: str) -> None:
    asked = [*PROJECT["project"]["dependencies"]]
    if lock == "dev":
        asked += [*PROJECT["dependency-groups"]["dev"], *PROJECT["build-system"]["requires"]]
    pins = _pins(lock)
    unmet = [
        asked_for
        for asked_for in map(Requirement, asked)
        if not asked_for.specifier.contains(pins.get(canonicalize_name(asked_for.name), "0"))
    ]
    assert unmet == [], "run: make lock"


def test_the_tests_run_with_the_versions_that_users_get() -> None:
    assert _pins("runtime").items() <= _pins("dev").items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes_and_no_address(lock: str) -> None:
    text = _lock(lock)
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.findall(r"\w+://\S+|--(?:extra-)?index-url|--find-links", text) == []
