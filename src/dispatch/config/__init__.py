"""``dispatch.toml`` and the environment, read and validated once into frozen :class:`Settings`."""
