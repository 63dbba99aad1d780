"""The golden editions are composed once for all tests that look at them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from support import golden


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], golden.Made]:
    """A golden edition by its name."""
    out = tmp_path_factory.mktemp("golden")
    return cache(lambda name: golden.compose(name, out))
