"""A property that is judged of an asset: its name and its sentence, and the check that Dagster is told of."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from dagster import AssetCheckSpec, AssetKey, PartitionsDefinition
from dagster._utils.warnings import PreviewWarning


@dataclass(frozen=True, slots=True)
class AssetProperty:
    """One property of one asset."""

    asset: str
    name: str
    description: str


def check_spec(group: str, entry: AssetProperty, partitions: PartitionsDefinition[str]) -> AssetCheckSpec:
    """The check of a property, by the partitions of its asset."""
    with warnings.catch_warnings():
        # As in tables/checks.py: partitioned checks are marked as a preview in 1.13.
        warnings.simplefilter("ignore", PreviewWarning)
        return AssetCheckSpec(
            entry.name,
            asset=AssetKey([group, entry.asset]),
            description=entry.description,
            partitions_def=partitions,
        )
