"""A frozen edition comes back exactly as it was, whatever it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import DispatchError
from dispatch.message.freeze import dump, load
from dispatch.message.headers import HeaderFields
from dispatch.render.slots import Rendered, RenderedEdition, Slot, SlotContext

anything = st.text(st.characters(), max_size=20)
pieces = st.lists(
    st.one_of(anything, st.builds(Slot, anything, st.sampled_from(SlotContext), anything)), max_size=4
).map(tuple)
editions = st.builds(
    RenderedEdition,
    st.dictionaries(st.lists(anything, max_size=2).map(tuple), st.builds(Rendered, pieces, pieces, pieces), max_size=3),
    st.lists(anything, max_size=2).map(tuple),
    st.none() | st.dictionaries(anything, st.lists(anything, max_size=2).map(tuple), max_size=2),
    st.frozensets(anything, max_size=3),
)
maybe = st.none() | anything
headers = st.builds(HeaderFields, anything, anything, maybe, anything, maybe, maybe, maybe, maybe, anything, anything)


@given(editions, headers)
def test_what_was_frozen_thaws_unchanged(rendered: RenderedEdition, fields: HeaderFields) -> None:
    frozen = dump(rendered, fields)
    assert frozen.isascii()
    assert load(frozen) == (rendered, fields)


def test_an_edition_frozen_by_a_later_version_is_refused() -> None:
    fields = HeaderFields("", "a@b.example", None, "<x>", None, None, None, None)
    frozen = json.loads(dump(RenderedEdition({}), fields)) | {"version": 2}
    with pytest.raises(DispatchError, match="newer version"):
        load(json.dumps(frozen))
