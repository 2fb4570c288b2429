"""What is wrong with the data of a market side: in `/quotes`, and `/quality/warnings` by itself."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Shape


class DataWarning(Shape):
    """One thing that is wrong."""

    code: str
    """The same for the same kind of trouble, in every language."""
    text: str
    """A sentence."""
    link: str
    """The page that shows it whole."""


class DataWarnings(Shape):
    """All that is known to be wrong; none is good."""

    items: list[DataWarning]
