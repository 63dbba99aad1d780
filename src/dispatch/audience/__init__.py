"""Addresses, list files and signed links: who readers are, without any SQL."""
