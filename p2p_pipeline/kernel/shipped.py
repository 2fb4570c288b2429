"""The files of the top level that an installation without a clone needs too."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def shipped_file(name: str) -> Path:
    """`dagster.yaml`, `workspace.yaml` or `settings.yaml` as the repository has it; `shipped/` holds links to them.

    A wheel has copies in their place, so `p2p up` works where only the wheel is installed.
    """
    return Path(str(resources.files("p2p_pipeline"))) / "shipped" / name
