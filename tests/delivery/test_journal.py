"""Who writes to the ledger: the event loop while its disk is fast, a thread while it is not."""

from __future__ import annotations

from dispatch.delivery.journal import SLOW, THREADED, Disk


def test_a_disk_that_is_slow_again_and_again_is_left_to_the_thread_and_tried_again_later() -> None:
    disk = Disk()
    for _ in range(100):
        disk.took(3 * SLOW)
    assert not disk.is_fast
    for _ in range(THREADED):
        disk.spared()
    assert disk.is_fast
    for _ in range(5):
        disk.took(3 * SLOW)
    assert not disk.is_fast, "a disk known to be slow is found out at once"


def test_a_checkpoint_now_and_then_makes_no_disk_slow() -> None:
    disk = Disk()
    for number in range(1_000):
        disk.took(100 * SLOW if number % 50 == 0 else SLOW / 2)
        assert disk.is_fast
