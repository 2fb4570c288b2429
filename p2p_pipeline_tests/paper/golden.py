"""What the logs of random recordings hash to, kept in the repository: no machine, year or Python may make others.

    python -m p2p_pipeline_tests.paper.golden COUNT     prints the hashes of the first seeds, a line each

golden.txt has the first 25. Rules that change on purpose change state.RULES and this file with it; recordings that are
made otherwise change the file alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from p2p_pipeline.paper.replay.replaying import Replayed, replay
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.paper.recordings import RandomRecording

FILE = Path(__file__).with_name("golden.txt")


def made(seed: int, folder: Path) -> tuple[Replayed, RandomRecording, Path]:
    """A random recording, written and replayed."""
    random_one = RandomRecording(seed)
    path = random_one.recording.write(folder / "recording.jsonl.gz")
    return replay(path, PaperSettings.model_validate(random_one.settings), folder, nobody), random_one, path


def nobody(path: Path, place: int, reason: str) -> None:
    """Nothing of these recordings is left out."""
    raise AssertionError(reason)


def golden() -> list[str]:
    """What is kept, by seed."""
    return [line.split()[-1] for line in FILE.read_text(encoding="utf-8").splitlines()]


def main(count: int) -> None:
    """Print them."""
    with TemporaryDirectory() as folder:
        for seed in range(count):
            print(f"seed {seed} {made(seed, Path(folder))[0].sha256}")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
