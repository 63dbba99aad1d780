"""Files that are whole or not there, whoever else writes them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dispatch.cli.files import write_atomically


def test_what_a_crash_left_keeps_no_later_run_from_writing(tmp_path: Path) -> None:
    """In a container the first process has the same number each time."""
    path = tmp_path / "harbour.jpg"
    (tmp_path / f".harbour.jpg.{os.getpid()}.tmp").write_bytes(b"half of")
    write_atomically(path, b"the whole picture")
    assert path.read_bytes() == b"the whole picture"


def test_threads_that_write_one_file_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    path = tmp_path / "harbour.jpg"
    contents = [bytes([number]) * 1_000 for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(20):
            list(threads.map(lambda content: write_atomically(path, content), contents))
            assert path.read_bytes() in contents
    assert [each.name for each in tmp_path.iterdir()] == ["harbour.jpg"]
