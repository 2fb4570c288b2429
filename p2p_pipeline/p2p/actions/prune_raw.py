"""Old days of the raw store dropped, as `retention` in the settings says: by hand or every hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from p2p_pipeline.p2p.raw.retention import bytes_by_day, days_to_drop, drop_days, file_sizes
from p2p_pipeline.p2p.settings import RetentionSettings

_GIB = 2**30


@dataclass(frozen=True, slots=True)
class PrunedDays:
    """Which days went, or would go."""

    bytes_of: Mapping[date, int]
    """By day, in order."""

    @property
    def total_bytes(self) -> int:
        """The room they took."""
        return sum(self.bytes_of.values())


def prune_raw(data_folder: Path, rules: RetentionSettings, today: date, *, is_dry_run: bool = False) -> PrunedDays:
    """Drop the days beyond the rules for good; a dry run only says which."""
    most = None if rules.raw_max_gib is None else int(rules.raw_max_gib * _GIB)
    days = days_to_drop(data_folder, today, rules.raw_keep_days, most)
    if not days:
        return PrunedDays({})
    sizes = bytes_by_day(file_sizes(data_folder))
    if not is_dry_run:
        drop_days(data_folder, days)
    return PrunedDays({day: sizes[day] for day in days})
