"""Doing a transaction again that the database undid, because it and another's waited for each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from dispatch.ledger.faults import Undone

TRIES = 5

P = ParamSpec("P")
T = TypeVar("T")


def repeated(transaction: Callable[P, T]) -> Callable[P, T]:
    """``transaction``, which is one transaction and does nothing else, again when a server has undone it.

    Whoever waited for it was let through then, so it need not wait itself. (SQLite has one writer and undoes nothing.)
    """

    @wraps(transaction)
    def done(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            try:
                return transaction(*args, **kwargs)
            except Undone:
                continue
        return transaction(*args, **kwargs)

    return done
