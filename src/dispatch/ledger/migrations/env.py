"""Alembic's entry: run the migrations on the connection that the ledger hands over."""

from alembic import context

from dispatch.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,  # the ledger's own transaction is around us
    render_as_batch=True,
)
context.run_migrations()
