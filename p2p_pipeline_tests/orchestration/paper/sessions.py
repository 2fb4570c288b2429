"""Paper sessions in a data folder, as a replay and as a live one leave them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import orjson
import yaml

from p2p_pipeline.exchanges.frames.lines import from_line
from p2p_pipeline.exchanges.frames.members import Source
from p2p_pipeline.exchanges.frames.recorder import Recorder
from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.paper.log.lines import Chain, canonical
from p2p_pipeline.paper.log.writing import LOG_NAME, head_path
from p2p_pipeline.paper.replay.replaying import replay
from p2p_pipeline.paper.sessions.folder import SessionFolder
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline.paper.words import Said
from p2p_pipeline_tests.paper.recordings import START, Recording
from p2p_pipeline_tests.paper.sessions import CONFIG, armed, moved


def trading() -> Recording:
    """One trade held through a funding moment."""
    recording = moved(armed(), 20_600).ticker(22_000, ask1Price="100.8", nextFundingTime=str(START + 30_000))
    return recording.ticker(31_000, bid1Price="102", markPrice="102")


def replayed(paths: DataPaths, recording: Recording, **config: object) -> SessionFolder:
    """A session that was made from a recording."""
    settings = PaperSettings.model_validate(
        {**CONFIG, "funding_cooldown": {"before_seconds": 0, "after_seconds": 0}, **config}
    )
    path = recording.write(paths.root / "recording.jsonl.gz") if paths.root.is_dir() else None
    assert path is not None
    found = replay(path, settings, paths.paper, _nobody)
    path.unlink()
    return SessionFolder(paths, found.session)


def lived(paths: DataPaths, recording: Recording) -> SessionFolder:
    """The same with frames and configuration of its own."""
    folder = replayed(paths, recording)
    config = {**CONFIG, "funding_cooldown": {"before_seconds": 0, "after_seconds": 0}}
    folder.config.write_text(yaml.safe_dump(config), encoding="utf-8")
    with closing(Recorder(folder.frames, Source.SIMULATED)) as recorder:
        for line in recording.lines:
            recorder.write(from_line(orjson.dumps(line)))
    return folder


def spoil(folder: SessionFolder, kind: str, **fields: str) -> None:
    """Change a figure of each line of a kind, and chain the log anew so that only the figure is wrong."""
    chain, lines = Chain(), []
    for line in folder.log.read_bytes().splitlines():
        value = orjson.loads(line)
        if value["type"] == kind:
            value |= fields
        rest = {name: one for name, one in value.items() if name not in ("n", "at", "type", "prev")}
        lines.append(chain.line(Said(value["at"], value["type"], rest)))
    folder.log.write_bytes(b"\n".join([*lines, b""]))
    head_path(folder.log).write_bytes(canonical({"n": chain.number, "sha256": chain.previous}) + b"\n")


def cut(folder: SessionFolder, lines: int) -> None:
    """Leave the first lines of a log, as it is while the session runs."""
    kept = folder.log.read_bytes().splitlines()[:lines]
    folder.log.write_bytes(b"\n".join([*kept, b""]))
    chain = Chain()
    for line in kept:
        value = orjson.loads(line)
        rest = {name: one for name, one in value.items() if name not in ("n", "at", "type", "prev")}
        chain.line(Said(value["at"], value["type"], rest))
    head_path(folder.log).write_bytes(canonical({"n": chain.number, "sha256": chain.previous}) + b"\n")


def _nobody(path: Path, place: int, reason: str) -> None:
    raise AssertionError(reason)


__all__ = ["LOG_NAME", "cut", "lived", "replayed", "spoil", "trading"]
