"""Dispatch publishes and delivers newsletters: seeds in, editions in inboxes, every message accounted for."""

__version__ = "0.1.0"
