"""`/quality/checks`: what each check of the data says, and said."""

from __future__ import annotations

from p2p_pipeline.web.api.shapes.units import Shape, Time


class CheckVerdict(Shape):
    """What a check once said."""

    judged_at: Time
    passed: bool
    is_error: bool
    """Whether numbers made from such data can't be trusted when it does not pass; else it is worth a look."""
    day: str | None
    """The UTC day, or another partition, that was judged; null for what is of now."""
    expected: str
    observed: str
    value: float | None
    """What was measured, where the property is a number."""
    limit: float | None
    bad: int | None
    """How many break the property, of `total`."""
    total: int | None
    run_id: str
    """Dagster's; empty where it was judged outside a run."""


class DataCheck(Shape):
    """A check of one asset, with what it said last."""

    asset: str
    name: str
    description: str
    is_blocking: bool
    """Whether nothing is made from the table while it does not hold."""
    state: str
    """`failed`, `warning`, `not_judged` or `passed`."""
    source: str
    """`dagster`, or `computed` where nobody recorded any verdict: judged for this answer."""
    newest: CheckVerdict | None


class DataChecks(Shape):
    """Every check, those that do not hold first."""

    items: list[DataCheck]


class CheckRuns(DataCheck):
    """A check of one asset with all that is kept of what it said."""

    verdicts: list[CheckVerdict]
    """Newest first; of a check of days the newest day first."""


class ChecksNamed(Shape):
    """The checks of one name."""

    name: str
    items: list[CheckRuns]
