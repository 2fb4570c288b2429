"""The shared recordings of exchanges, read once a test run."""

from __future__ import annotations

from functools import cache

import pytest

from p2p_pipeline.exchanges.frames.frame import Frame
from p2p_pipeline.exchanges.frames.recordings import read_recording
from p2p_pipeline_tests.shared_files import RECORDINGS

FOLDER = RECORDINGS / "exchanges"


@cache
def frames_of(name: str) -> tuple[Frame, ...]:
    """All frames of a recording; the test is skipped where it is missing."""
    path = FOLDER / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"needs {path}")
    return tuple(read_recording(path))
