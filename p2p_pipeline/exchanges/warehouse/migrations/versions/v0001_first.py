"""Parameters, instruments, accepted signals and what was published of them."""

from importlib import resources

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables in an empty schema."""
    text = (resources.files("p2p_pipeline.exchanges.warehouse.migrations") / "sql" / "0001_first.sql").read_text(
        "utf-8"
    )
    # Straight to the driver: SQLAlchemy would take `:word` and `%` in it for parameters.
    op.get_bind().connection.cursor().execute(text)


def downgrade() -> None:
    """Not offered: going back would drop a history that nothing else has."""
    raise NotImplementedError("the schema of the exchanges only migrates forwards; restore a dump instead")
