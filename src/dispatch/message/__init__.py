"""A rendered edition to a ``MessageTemplate``: MIME built once, spliced per recipient."""
