"""The star schema: dimensions, versions of offers, depth, operations."""

from p2p_pipeline.p2p.warehouse.migrations.sql_file import run_sql_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the schema in an empty database."""
    run_sql_file("0001_star_schema.sql")
    run_sql_file("0001_partitions.sql")
    run_sql_file("0001_comments.sql")


def downgrade() -> None:
    """Not offered: the raw store makes the warehouse again, and going back would drop what it holds."""
    raise NotImplementedError("the warehouse only migrates forwards; restore a dump, or rebuild from the raw store")
