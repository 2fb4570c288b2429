"""What a deal's score was made from, as a figure alone; its sentence is the grade's own."""

from __future__ import annotations

from p2p_pipeline.p2p.metrics.deals.grading import Grade
from p2p_pipeline.web.figures import Figures


def short_figure(grade: Grade, figures: Figures) -> str:
    """For the line of its part; empty where it isn't known or is no figure."""
    if grade.raw is None:
        return ""
    if grade.name in ("rank", "headroom", "presence", "completion_at_least"):
        return figures.bare_share(grade.raw, 0)
    if grade.name == "lead":
        return figures.bare_share(grade.raw)
    if grade.name == "breaks_per_hour":
        return figures.rate(grade.raw)
    return figures.age(grade.raw) if grade.name == "age_seconds" else ""
