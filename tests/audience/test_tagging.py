"""Tags are HMAC-SHA-256 and nothing else, whatever the key: the links in old mail depend on it."""

from __future__ import annotations

import hmac

from hypothesis import given
from hypothesis import strategies as st

from dispatch.audience.tagging import Tagger


@given(st.binary(max_size=200), st.binary(max_size=40), st.lists(st.binary(max_size=200), max_size=3))
def test_a_tag_is_the_hmac_of_context_and_text(secret: bytes, context: bytes, texts: list[bytes]) -> None:
    tag = Tagger(secret, context)
    assert [tag(text) for text in texts] == [hmac.digest(secret, context + text, "sha256") for text in texts]
