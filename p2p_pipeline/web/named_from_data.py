"""Files named from the data folder on: who asks over HTTP needn't know where on this machine it lies."""

from __future__ import annotations

from pathlib import Path

from p2p_pipeline.kernel.told import Told


def named_from(root: Path, text: str) -> str:
    """The same sentence; one that can be said in another language still can be."""
    if str(root) not in text:
        return text
    if isinstance(text, Told) and text.values:
        told = {
            name: named_from(root, str(value)) if isinstance(value, str | Path) else value
            for name, value in text.values.items()
        }
        return Told(text.template, text.several, **told)
    return text.replace(f"{root}/", "")
