"""What questions need worked out ahead: the best of each market, hours, days, spreads, premiums, advertisers."""

from p2p_pipeline.p2p.warehouse.migrations.sql_file import run_sql_file

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the views."""
    run_sql_file("0002_questions.sql")
    run_sql_file("0002_comments.sql")


def downgrade() -> None:
    """Not offered, see 0001."""
    raise NotImplementedError("the warehouse only migrates forwards; restore a dump, or rebuild from the raw store")
