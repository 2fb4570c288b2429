"""Small pictures for Dagster's pages: a PNG in Markdown."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Sequence
from typing import Any

PLOT_LIMIT_BYTES = 60_000
"""Metadata lives in Dagster's event log, twice in SQLite: a picture must stay small."""


def markdown_picture(name: str, panels: Sequence[Callable[[Any], None]]) -> str | None:
    """Panels over time, one below the other, each drawn by a function of its axes; None when it would be too large."""
    # Importing matplotlib takes a second, which only runs that draw should pay.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.dates import ConciseDateFormatter
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 1.9 * len(panels)), dpi=80, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, draw in zip(figure.subplots(len(panels), squeeze=False)[:, 0], panels, strict=True):
        draw(axes)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))  # type: ignore[no-untyped-call]
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.25)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", pil_kwargs={"optimize": True})
    picture = buffer.getvalue()
    if len(picture) > PLOT_LIMIT_BYTES:
        return None
    return f"![{name}](data:image/png;base64,{base64.b64encode(picture).decode()})"
