"""What Alembic runs: the migrations over the connection that `migrate` hands it."""

from alembic import context

VERSION_TABLE = "p2p_warehouse_version"
"""Not Alembic's own default: Dagster keeps that in the same database where somebody gives both one URL."""

context.configure(
    connection=context.config.attributes["connection"],
    version_table=VERSION_TABLE,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
