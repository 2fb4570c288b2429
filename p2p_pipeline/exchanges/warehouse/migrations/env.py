"""What Alembic runs: the migrations over the connection that it is handed, counted in the schema itself."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    version_table_schema="exchanges",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
