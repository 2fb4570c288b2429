"""A migration's SQL from its file, so that it reads and highlights as SQL."""

from __future__ import annotations

from importlib import resources

from alembic import op


def run_sql_file(name: str) -> None:
    """Run a file of sql/ as it stands, in the migration's transaction."""
    # Straight to the driver: SQLAlchemy would take `:word` and `%` in it for parameters.
    op.get_bind().connection.cursor().execute(text_of(name))


def text_of(name: str) -> str:
    """What stands in a file of sql/."""
    return (resources.files("p2p_pipeline.p2p.warehouse.migrations") / "sql" / name).read_text(encoding="utf-8")
