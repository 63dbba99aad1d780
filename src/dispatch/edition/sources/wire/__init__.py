"""Wire text: plain prose as agencies send it, with no markup but its shape."""

from dispatch.edition.sources.wire.reader import read_wire

__all__ = ["read_wire"]
