"""While simulated exchanges run, other commands of their data folder find them, and of no other folder."""

from __future__ import annotations

from pathlib import Path

from p2p_pipeline.commands.paper_sessions import _default_source
from p2p_pipeline.exchanges.connections.running_source import running_source, source_noted
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.p2p.installation import CommandContext


def test_a_session_goes_to_the_simulated_exchanges_that_run_and_to_the_settings_exchange_else(tmp_path: Path) -> None:
    paths, other = DataPaths(tmp_path / "demo"), DataPaths(tmp_path / "other")
    settings = tmp_path / "settings.yaml"
    settings.write_text("exchanges:\n  source: http://127.0.0.1:1\n", encoding="utf-8")
    assert running_source(paths) is None
    with source_noted(paths, "http://127.0.0.1:8530"):
        assert (running_source(paths), running_source(other)) == ("http://127.0.0.1:8530", None)
        assert _default_source(CommandContext(paths, settings)) == "http://127.0.0.1:8530"
        assert _default_source(CommandContext(other, settings)) == "http://127.0.0.1:1"
    assert running_source(paths) is None
    assert _default_source(CommandContext(paths, settings)) == "http://127.0.0.1:1"
