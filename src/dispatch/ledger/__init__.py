"""The only SQL: schema, migrations, queries. It knows who got what, and never forgets it."""
