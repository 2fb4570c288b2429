"""What a verification of the warehouse found, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from p2p_pipeline.p2p.capture.sweeps.report import batch_moment
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity
from p2p_pipeline.p2p.quality.warehouse.index_checks import IndexReport

_SHOWN = 20
_NAMED = 5


@dataclass(frozen=True, slots=True)
class VerifiedBatch:
    """One batch and what does not hold of it."""

    batch_id: int
    has_raw: bool
    """False where the raw store has dropped it: then its facts could not be held against anything."""
    failed: tuple[QualityOutcome, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing but warnings is to be told of it: what the venue or the sweep did is no fault of the rows."""
        return all(outcome.severity is not Severity.ERROR for outcome in self.failed)


@dataclass(slots=True)
class VerifyReport:
    """What a verification found."""

    from_day: date
    to_day: date
    batches: list[VerifiedBatch] = field(default_factory=list)
    not_loaded: list[int] = field(default_factory=list)
    """Batches of the raw store that the warehouse lacks, of days that it keeps."""
    expired: list[int] = field(default_factory=list)
    """Others, that began before the days that the warehouse keeps: none loads them, and that is no fault."""
    missing_steps: list[datetime] = field(default_factory=list)
    """Steps of the schedule without a batch: told, but no fault of the warehouse."""
    indexes: IndexReport | None = None
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether the warehouse is what the raw store has, and whole in itself. Warnings don't count against it."""
        if self.not_loaded or (self.indexes is not None and self.indexes.damaged):
            return False
        return all(batch.is_sound for batch in self.batches)

    @property
    def is_only_behind(self) -> bool:
        """Whether nothing is wrong but that stored batches wait to be loaded."""
        is_whole = self.indexes is None or not self.indexes.damaged
        return bool(self.not_loaded) and is_whole and all(batch.is_sound for batch in self.batches)

    def to_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "passed": self.passed,
            "from": self.from_day.isoformat(),
            "to": self.to_day.isoformat(),
            "batches": len(self.batches),
            "batches_without_raw": [batch.batch_id for batch in self.batches if not batch.has_raw],
            "not_loaded": self.not_loaded,
            "expired": self.expired,
            "missing_steps": [step.isoformat() for step in self.missing_steps],
            "failed": [
                {
                    "batch_id": batch.batch_id,
                    "rule": outcome.name,
                    "severity": outcome.severity.value,
                    "expected": outcome.expected,
                    "observed": outcome.observed,
                    "sample": [{name: str(value) for name, value in row.items()} for row in outcome.sample],
                }
                for batch in self.batches
                for outcome in batch.failed
            ],
            "indexes": None
            if self.indexes is None
            else {
                "checked": self.indexes.checked,
                "damaged": [{"index": name, "problem": problem} for name, problem in self.indexes.damaged],
                "note": self.indexes.note,
            },
            "seconds": round(self.seconds, 3),
        }

    def lines(self) -> Iterator[str]:
        """For people: what was looked at, then what does not hold."""
        without = sum(not batch.has_raw for batch in self.batches)
        looked_at = _counted(len(self.batches), "batch", "batches")
        yield f"{looked_at} from {self.from_day} to {self.to_day} in {self.seconds:.0f} s" + (
            f", {without} of them without their raw responses, which are gone" if without else ""
        )
        if self.missing_steps:
            steps = _counted(len(self.missing_steps), "step of the schedule has", "steps of the schedule have")
            yield f"{steps} no batch: {_named([f'{step:%Y-%m-%d %H:%M}' for step in self.missing_steps])}"
        if self.expired:
            dropped = _counted(len(self.expired), "stored batch is", "stored batches are")
            yield f"{dropped} older than warehouse.keep_days in the settings and left out"
        if self.not_loaded:
            lacking = _counted(len(self.not_loaded), "stored batch is", "stored batches are")
            them = "it" if len(self.not_loaded) == 1 else "them"
            yield (
                f"{lacking} not loaded ({_named(list(map(str, self.not_loaded)))}): the next sweep, Dagster's or "
                f"`p2p sweep`, loads {them} by itself; a backfill of Dagster's job load_day, or `p2p warehouse "
                "rebuild`, does so now"
            )
        yield from self._failures()
        yield from self._index_lines()
        warnings = sum(len(batch.failed) for batch in self.batches if batch.is_sound)
        verdict = "everything holds" if self.passed else "not everything holds"
        told = _counted(warnings, "warning", "warnings")
        yield f"{verdict}, with {told}" if self.passed and warnings else verdict

    def _failures(self) -> Iterator[str]:
        told = [(batch, outcome) for batch in self.batches for outcome in batch.failed]
        told.sort(key=lambda pair: pair[1].severity is not Severity.ERROR)
        for batch, outcome in told[:_SHOWN]:
            moment = batch_moment(batch.batch_id)
            word = "" if outcome.severity is Severity.ERROR else "warning: "
            yield f"{moment:%Y-%m-%d %H:%M:%S} batch {batch.batch_id}: {word}{outcome.name}: {outcome.observed}"
            for row in outcome.sample[:1]:
                yield "    such as " + ", ".join(f"{name} {value}" for name, value in row.items())
        if len(told) > _SHOWN:
            yield f"and {len(told) - _SHOWN} more"

    def _index_lines(self) -> Iterator[str]:
        if self.indexes is None:
            return
        if self.indexes.note:
            yield self.indexes.note
        else:
            yield f"{self.indexes.checked} indexes checked, {len(self.indexes.damaged)} damaged"
        for name, problem in self.indexes.damaged:
            yield f"index {name}: {problem}; run REINDEX INDEX {name}"


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _named(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + ("…" if len(names) > _NAMED else "")
