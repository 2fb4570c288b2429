"""Log lines and traces as the environment asks for them: called once where a process begins."""

from __future__ import annotations

import os
from collections.abc import Mapping

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.tracing import is_recording


def set_up_process(paths: DataPaths, environment: Mapping[str, str] = os.environ) -> None:
    """Do what P2P_LOG_FORMAT, P2P_LOG_LEVEL and P2P_TRACES ask for; with none of them set, nothing at all.

    May be called again, as by each run of a process of Dagster. Raises TracesRefused, with what to do.
    """
    if environment.get("P2P_LOG_FORMAT") or environment.get("P2P_LOG_LEVEL"):
        from p2p_pipeline.monitoring.logs import set_up_logging  # noqa: PLC0415 - only where asked for

        set_up_logging(environment)
    if environment.get("P2P_TRACES") and not is_recording():
        from p2p_pipeline.monitoring.traces import set_up_traces  # noqa: PLC0415 - only where asked for

        set_up_traces(paths.logs, environment)
