"""The locator finds each key's line, whatever TOML is around it."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dispatch.config.keys import Path, locate

TRICKY = '''# [fake]
top.dotted."quo.ted" = 1 # x = 2
[newsletter] # [sender]
name = "a # not a comment"
postal = """
fake = 1
[fake]
\\""" still """
literal = \'\'\'
[[fake]]
\'\'\'
  tagline='single # quoted'
list = [
  "a", # ]
  { x = 1, y = [2, 3] },
  """
  ]""",
]
[lists."press room"]
sender = { name = "N } , =", address = "a@b" }
[[schedule]]
cron = "1"
[[schedule]]
cron = "2"
[schedule.deep]
z = 1979-05-27T07:32:00Z
[ spaced . 'out' ]
key	=	true'''


def test_nothing_in_toml_fools_it() -> None:
    found = {path: spot.line for path, spot in locate(TRICKY).spots.items()}
    assert found == {
        ("top", "dotted", "quo.ted"): 2,
        ("newsletter", "name"): 4,
        ("newsletter", "postal"): 5,
        ("newsletter", "literal"): 9,
        ("newsletter", "tagline"): 12,
        ("newsletter", "list"): 13,
        ("newsletter", "list", 0): 14,
        ("newsletter", "list", 1): 15,
        ("newsletter", "list", 1, "x"): 15,
        ("newsletter", "list", 1, "y"): 15,
        ("newsletter", "list", 1, "y", 0): 15,
        ("newsletter", "list", 1, "y", 1): 15,
        ("newsletter", "list", 2): 16,
        ("lists", "press room", "sender"): 20,
        ("lists", "press room", "sender", "name"): 20,
        ("lists", "press room", "sender", "address"): 20,
        ("schedule", 0, "cron"): 22,
        ("schedule", 1, "cron"): 24,
        ("schedule", 1, "deep", "z"): 26,
        ("spaced", "out", "key"): 28,
    }
    assert locate(TRICKY).line(("schedule", 1)) == 23
    assert locate(TRICKY).line(("newsletter", "missing")) == 3
    assert locate(TRICKY).line(("nowhere",)) is None


def test_windows_line_ends_count_once() -> None:
    assert locate("a = 1\r\n\r\n[b]\r\nc = 2\r\n").spots[("b", "c")].line == 4


def leaves(data: Any, path: Path = ()) -> list[tuple[Path, Any]]:
    if isinstance(data, dict):
        return [leaf for key, value in data.items() for leaf in leaves(value, (*path, key))]
    if isinstance(data, list):
        return [leaf for index, value in enumerate(data) for leaf in leaves(value, (*path, index))]
    return [(path, data)]


def toml_string(value: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" if ord(c) < 32 or c in '"\\\x7f' else c for c in value) + '"'


TEXTS = st.text(st.sampled_from("ab#=[]{}.,\"'\n é"), max_size=6)
VALUES = st.recursive(
    TEXTS.map(toml_string) | st.integers().map(str) | TEXTS.map(lambda t: f'"""{toml_string(t)[1:-1]}"""'),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[ # ]\n" + ",\n".join(items) + "]")
        | st.dictionaries(TEXTS, inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{toml_string(key)} = {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(TEXTS, st.dictionaries(TEXTS, VALUES, max_size=3), max_size=3))
def test_every_value_stands_where_it_says(tables: dict[str, dict[str, str]]) -> None:
    text = "".join(
        f"[{toml_string(table)}]\n" + "".join(f"{toml_string(key)} = {value}\n" for key, value in keys.items())
        for table, keys in tables.items()
    )
    spots = locate(text).spots
    for path, value in leaves(tomllib.loads(text)):
        spot = spots[path]
        assert tomllib.loads(f"x = {text[spot.start : spot.end]}")["x"] == value
