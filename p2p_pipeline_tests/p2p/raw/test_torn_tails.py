"""What a crash left half written is kept, and stays kept when the power goes right after."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest

from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY, KEY, example_snapshot
from p2p_pipeline_tests.p2p.raw.power_loss import PowerLossFiles


@pytest.mark.parametrize("seed", range(12))
def test_the_copy_of_a_torn_tail_survives_a_power_loss_right_after_it_was_cut_off(tmp_path: Path, seed: int) -> None:
    files = PowerLossFiles(Random(seed))
    store = RawStore(tmp_path, files=files)
    store.append(example_snapshot(0))
    growing = tmp_path / "raw" / DAY.isoformat() / f"{KEY}.jsonl.gz"
    whole = files.size(growing)
    torn = files.read(growing)[: whole // 2]
    files.append(growing, torn)
    files.sync(growing)
    (cut,) = RawStore(tmp_path, files=files).recover(DAY)
    files.crash()
    assert files.size(growing) == whole
    assert files.read(cut.kept_at) == torn
    assert json.loads(files.read(cut.kept_at.with_suffix(".json"))) == {
        "from": f"{DAY.isoformat()}/{KEY}.jsonl.gz",
        "position": whole,
        "length": len(torn),
        "reason": "the last member is incomplete",
        "meaning": "cut off after a crash; it was never acknowledged",
    }
    assert (cut.position, cut.length, cut.path) == (whole, len(torn), growing)
