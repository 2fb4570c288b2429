"""`p2p settings`: the settings file with every default written out."""

from __future__ import annotations

import typer

from p2p_pipeline.kernel.shipped import shipped_file


def settings() -> None:
    """Print settings.yaml with every default and what it means, to start your own from."""
    typer.echo(shipped_file("settings.yaml").read_text(encoding="utf-8"), nl=False)
