"""What every picture uses: one quiet style, 1200 x 700 pixels, dates in the reader's time zone.

if plot is not None:
with drawing(plot, "What buying 700 BOB of USDT cost") as (figure, axes):
axes.plot(dates_of(starts), values, color=LINE)
time_axis(axes, zone)
axes.set_ylabel("BOB per USDT")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from p2p_pipeline.kernel.errors import ClearError

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

WIDTH_PIXELS, HEIGHT_PIXELS, PIXELS_AN_INCH = 1200, 700, 100

SUBTITLE_LETTERS = 110
"""In a line below the title."""

LINE = "#1f5f8b"
"""The thing itself."""
BAND = "#a9c9dd"
"""Its uncertainty or dispersion."""
ACCENT = "#c8553d"
"""What the reader should see first: the answer, an anomaly, now."""
SECOND = "#5b8c5a"
"""A second thing beside the first one."""
QUIET = "#8a8f94"
"""Everything that is only there for comparison."""
MISSING = "#ece6e1"
"""Where there is nothing: a gap in the data."""
OUTSIDE = "#d9dcdf"
"""What does not count: outside what was asked for."""

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.labelsize": 13,
    "axes.titlesize": 16,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 14,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": "#e4e6e8",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 12,
    "lines.linewidth": 1.6,
    "xtick.color": "#3c4043",
    "ytick.color": "#3c4043",
    "axes.labelcolor": "#202124",
    "text.color": "#202124",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


class PlotRefused(ClearError):
    """A picture that can't be saved where it was asked for."""


def check_plot_file(file: Path) -> None:
    """Raise PlotRefused where a picture can't be saved, before any work is done for it."""
    if file.suffix.lower() != ".png":
        raise PlotRefused(f"the file was {str(file)!r}; plots are PNG: give it a name that ends in .png")
    if not file.parent.is_dir():
        raise PlotRefused(
            f"the plot can't be saved: the folder {file.parent} does not exist; create it or choose another one"
        )
    if file.is_dir():
        raise PlotRefused(f"the plot can't be saved: {file} is a folder; choose another name")


@contextmanager
def drawing(file: Path, title: str, subtitle: str = "") -> Iterator[tuple[Figure, Axes]]:
    """A figure with one pair of axes; what was drawn is saved when the block ends well."""
    with drawings(file, title, (1,), subtitle) as (figure, (axes,)):
        yield figure, axes


@contextmanager
def drawings(
    file: Path, title: str, heights: Sequence[float], subtitle: str = "", *, share_x: bool = True
) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure with axes one above the other, of these relative heights; the title stands over the first.

    `subtitle` is for what a careful reader asks next: the sample, the period, the interval's level. Saving fails with
    one line for the person when the disk refuses.
    """
    check_plot_file(file)
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with rc_context(_STYLE):
        figure = Figure(
            figsize=(WIDTH_PIXELS / PIXELS_AN_INCH, HEIGHT_PIXELS / PIXELS_AN_INCH),
            dpi=PIXELS_AN_INCH,
            layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.12),
        )
        grid = figure.subplots(
            len(heights), 1, sharex=share_x, squeeze=False, gridspec_kw={"height_ratios": list(heights)}
        )
        stacked = list(grid[:, 0])
        # The layout makes room for all text: a line longer than the picture would squeeze the axes to nothing.
        lines = wrap(subtitle, SUBTITLE_LETTERS)
        stacked[0].set_title(title, pad=14 + 20 * len(lines))
        stacked[0].annotate(
            "\n".join(lines),
            (0, 1),
            (0, 12),
            "axes fraction",
            "offset points",
            fontsize=12,
            color="#5f6368",
            va="bottom",
        )
        yield figure, stacked
        try:
            figure.savefig(file, format="png", metadata={"Software": None})
        except OSError as error:
            raise PlotRefused(
                f"the plot can't be saved to {file}: {error.strerror or error}; choose another file"
            ) from None


def dates_of(seconds: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Seconds since 1970 UTC as matplotlib takes them; `time_axis` shows them in a time zone."""
    return seconds.astype("datetime64[s]")


def time_axis(axes: Axes, zone: ZoneInfo, label: str = "time") -> None:
    """Show the x axis as dates in a time zone, and name the zone."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=zone, minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))  # type: ignore[no-untyped-call]
    axes.set_xlabel(f"{label} ({zone.key})")
