"""Where the exchanges of a data folder are while `p2p up --simulated` runs it: other commands go there by themselves.

The simulated exchanges take any free port; without this note a session that is started in another terminal would go to
the real exchange. A note that a killed `p2p up` left leads to nobody, and says so: never to the real one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.kernel.whole_file import write_whole


@contextmanager
def source_noted(paths: DataPaths, url: str) -> Iterator[None]:
    """As long as the block runs, `running_source` finds the address."""
    file = _file(paths)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, url.encode())
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_source(paths: DataPaths) -> str | None:
    """The simulated exchanges' address; None where none are run."""
    try:
        return _file(paths).read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _file(paths: DataPaths) -> Path:
    return paths.state / "exchanges_source"
