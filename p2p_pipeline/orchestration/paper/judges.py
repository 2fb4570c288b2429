"""Each property of a paper session judged by its log."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.quality.outcome import QualityOutcome, Severity, sampled
from p2p_pipeline.paper.actions.replaying import replay_session
from p2p_pipeline.paper.log.scanning import DamagedLog
from p2p_pipeline.paper.log.verifying import verify_log
from p2p_pipeline.paper.results.auditing import Audited, fees_and_funding_add_up, money_conserved, no_negative_cash
from p2p_pipeline.paper.results.parts import Results
from p2p_pipeline.paper.results.reading import results_of
from p2p_pipeline.paper.sessions.finding import is_live
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.tables.session_files import lines_of


class Judged:
    """A session that is judged; its log is read once for all of it."""

    def __init__(self, paths: DataPaths, session: str) -> None:
        self.paths, self.folder = paths, SessionFolder(paths, session)

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        """The log."""
        return list(lines_of(self.folder))

    @cached_property
    def results(self) -> Results:
        """What it comes to."""
        return results_of(self.lines)


def log_verified(judged: Judged) -> QualityOutcome:
    """The chain."""
    expected = "every line as it was written"
    try:
        found = verify_log(judged.folder.log)
    except DamagedLog as error:
        return QualityOutcome("log_verified", False, Severity.ERROR, expected, str(error), bad=1)
    end = "the session has stopped" if found.is_finished else "the session has not stopped"
    observed = f"{found.lines:,} lines, each as it was written; {end}"
    return QualityOutcome("log_verified", True, Severity.ERROR, expected, observed, bad=0, total=found.lines)


def replay_equal(judged: Judged) -> QualityOutcome:
    """The frames against the log."""
    name, folder = "replay_equal", judged.folder
    expected = "a replay of the session's frames gives the same lines"
    if not is_live(folder):
        return QualityOutcome(name, True, Severity.ERROR, expected, "it is itself a replay and keeps no frames")
    if not judged.results.is_stopped:
        return QualityOutcome(name, True, Severity.ERROR, expected, "it has not stopped: judged when it has")
    found = replay_session(judged.paths, folder.root, _nobody).compared
    observed = f"{found.session_lines:,} lines: {found.told()}"
    bad = 0 if found.is_same else 1
    return QualityOutcome(name, found.is_same, Severity.ERROR, expected, observed, bad=bad, total=1)


def _nobody(path: Path, place: int, reason: str) -> None:
    """What is left out of frames is left out of both."""


def negative_cash(judged: Judged) -> QualityOutcome:
    """Owing money."""
    audited = no_negative_cash(judged.results)
    lowest = min(point.equity for point in judged.results.equity)
    told = f"the lowest of {audited.judged:,} points is {float(lowest):,.2f} USDT"
    return _of("no_negative_cash", audited, "equity without open positions of 0 or more", told)


def conserved(judged: Judged) -> QualityOutcome:
    """The sum of everything."""
    audited = money_conserved(judged.lines, judged.results.money.start)
    return _of("money_conserved", audited, "every figure equal to the last digit")


def costs(judged: Judged) -> QualityOutcome:
    """Fees and funding."""
    audited = fees_and_funding_add_up(judged.lines, judged.results.config, judged.results)
    return _of("fees_and_funding_add_up", audited, "every fee, funding and sum equal to the last digit")


def _of(name: str, audited: Audited, expected: str, told: str = "") -> QualityOutcome:
    wrong = audited.wrong
    observed = f"{len(wrong)} of {audited.judged:,} figures are not what they must be" if wrong else told
    return QualityOutcome(
        name=name,
        passed=not wrong,
        severity=Severity.ERROR,
        expected=expected,
        observed=observed or f"all {audited.judged:,} figures are",
        sample=sampled([one._asdict() for one in wrong]),
        bad=len(wrong),
        total=audited.judged,
    )


JUDGES: dict[str, Callable[[Judged], QualityOutcome]] = {
    "log_verified": log_verified,
    "replay_equal": replay_equal,
    "no_negative_cash": negative_cash,
    "money_conserved": conserved,
    "fees_and_funding_add_up": costs,
}
"""By property."""
