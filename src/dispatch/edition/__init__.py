"""Source text to :class:`~dispatch.edition.model.Edition`: what was written becomes what it means."""
