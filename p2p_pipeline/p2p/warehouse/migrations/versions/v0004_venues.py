"""Venues told apart: assets, advertisers, payment methods and advertisements are a venue's own."""

from p2p_pipeline.p2p.warehouse.migrations.sql_file import run_sql_file

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say whose everything is; the rows of versions and depth stay as they are."""
    run_sql_file("0004_venues.sql")
    run_sql_file("0004_comments.sql")


def downgrade() -> None:
    """Not offered, as in 0001."""
    raise NotImplementedError("the warehouse only migrates forwards; restore a dump, or rebuild from the raw store")
