"""Subworkers: their ledger, and what the terms of offers say."""

from p2p_pipeline.p2p.warehouse.migrations.sql_file import run_sql_file

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the ledger and the tables."""
    run_sql_file("0003_subworkers.sql")


def downgrade() -> None:
    """Not offered, as in 0001."""
    raise NotImplementedError("the warehouse only migrates forwards; restore a dump, or rebuild from the raw store")
