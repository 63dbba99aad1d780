"""Pictures of editions, for people to look at."""
