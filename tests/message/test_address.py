"""Addresses on the wire: whatever a list accepts can be mailed, unchanged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.audience.addresses import BadAddress, parse_address
from dispatch.message.address import UnsendableAddress, needs_smtputf8, wire_address

locals_ = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@pytest.mark.parametrize(
    "written",
    [
        "ann@example.org",
        "o'hara+x@mail.example.org",
        "Zoë@Bücher.example",
        '"a > b"@example.org',
        '"a\\"b"@example.org',
    ],
)
def test_what_a_list_accepts_is_mailed_as_it_is(written: str) -> None:
    address = parse_address(written)
    assert wire_address(address.address) == address.address
    assert needs_smtputf8(address.address) is address.smtputf8


@given(st.one_of(st.emails(), locals_.map("{}@example.org".format), locals_.map('"{}"@example.org'.format)))
def test_no_address_of_a_list_is_unsendable(written: str) -> None:
    try:
        address = parse_address(written).address
    except BadAddress:
        return
    assert wire_address(address) == address


@given(st.text(max_size=30))
def test_nothing_on_the_wire_ends_a_command_or_an_address(written: str) -> None:
    try:
        address = wire_address(written)
    except UnsendableAddress:
        return
    assert not set("\r\n\0") & set(address)
    assert address.startswith('"') or not set(" <>,;") & set(address)
