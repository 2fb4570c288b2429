"""Subworkers: their ledger, and what the terms of offers say."""

from importlib import resources

from p2p_pipeline.warehouse.migrations.sql_file import run_sql_file

revision = "0003"
# Until 0002 is there: two steps after 0001 would be a fork.
_VERSIONS = [entry.name for entry in resources.files("p2p_pipeline.warehouse.migrations.versions").iterdir()]
down_revision = "0002" if any(name.startswith("v0002") for name in _VERSIONS) else "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the ledger and the tables."""
    run_sql_file("0003_subworkers.sql")


def downgrade() -> None:
    """Not offered, as in 0001."""
    raise NotImplementedError("the warehouse only migrates forwards; restore a dump, or rebuild from the raw store")
