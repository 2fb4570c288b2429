from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from p2p_pipeline.p2p.raw import store as raw_store
from p2p_pipeline.p2p.raw.capture import Capture
from p2p_pipeline.p2p.raw.repack import repack_day
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.raw.stored import Appended
from p2p_pipeline_tests.effort import only_long
from p2p_pipeline_tests.p2p.raw.example_snapshots import DAY
from p2p_pipeline_tests.p2p.raw.power_loss import PowerLossFiles
from p2p_pipeline_tests.p2p.raw.store_episode import DAYS, MARKETS, Episode, live, open_store


def violations_of(tmp_path: Path, seeds: range, opened: object = open_store, steps: int = 25) -> list[str]:
    for seed in seeds:
        random = Random(seed)
        found = live(Episode(tmp_path, random, opened), random, steps)  # type: ignore[arg-type]
        if found:
            return [f"seed {seed}: {each}" for each in found]
    return []


def test_an_acknowledged_snapshot_survives_power_loss_at_any_operation_exactly_once(tmp_path: Path) -> None:
    assert violations_of(tmp_path, range(120)) == []


@pytest.mark.long
@pytest.mark.timeout(1800)
@only_long
def test_an_acknowledged_snapshot_survives_thousands_of_power_losses(tmp_path: Path) -> None:
    assert violations_of(tmp_path, range(1000, 4000)) == []


class AcknowledgesBeforeTheWrite(RawStore):
    """Negative control: says yes first and writes with the next append."""

    waiting: Sequence[Capture] | None = None

    def append(self, captures: Sequence[Capture]) -> Appended:
        earlier, self.waiting = self.waiting, captures
        if earlier is not None:
            super().append(earlier)
        return Appended(captures[0].snapshot_id, "", 0, 0)


class LeavesOutSync(PowerLossFiles):
    """Negative control: the growing files are written and never synced."""

    def sync(self, path: Path) -> None:
        if path.suffix != ".gz":
            super().sync(path)


class LeavesOutFolderSync(PowerLossFiles):
    """Negative control: a new file's name is never made durable."""

    def sync_folder(self, path: Path) -> None:
        if path.name == "raw":
            super().sync_folder(path)


def test_acknowledging_before_the_write_is_caught(tmp_path: Path) -> None:
    found = violations_of(tmp_path, range(20), lambda folder, files: AcknowledgesBeforeTheWrite(folder, files=files))
    assert any("lost" in each for each in found)


@pytest.mark.parametrize("files", [LeavesOutSync, LeavesOutFolderSync])
def test_leaving_out_a_sync_is_caught(tmp_path: Path, files: type[PowerLossFiles]) -> None:
    with patch("p2p_pipeline_tests.p2p.raw.store_episode.PowerLossFiles", files):
        found = violations_of(tmp_path, range(20))
    assert any("lost" in each or "damage" in each for each in found)


def test_leaving_out_tail_recovery_is_caught(tmp_path: Path) -> None:
    with patch.object(raw_store, "find_torn_tail", lambda *_: None):
        assert violations_of(tmp_path, range(20)) != []


def test_leaving_out_the_sync_of_what_a_killed_process_wrote_is_caught(tmp_path: Path) -> None:
    # Present but not yet durable: refusing it as "stored already" acknowledges it, so it must be synced first.
    def lost() -> list[str]:
        for seed in range(40):
            random = Random(seed)
            episode = Episode(tmp_path, random)
            episode.append(0, DAY, MARKETS[0])
            episode.store = RawStore(tmp_path, files=episode.files, checkpoint=killed_after_the_write)
            with pytest.raises(KeyboardInterrupt):
                episode.append(1, DAY, MARKETS[0])
            episode.kill()
            episode.append(1, DAY, MARKETS[0])
            episode.lose_power()
            episode.check()
            if episode.violations:
                return episode.violations
        return []

    def killed_after_the_write(step: str) -> None:
        if step == "after_write":
            raise KeyboardInterrupt

    assert lost() == []
    with patch.object(RawStore, "_make_durable", lambda *_: None):
        assert lost() != []


def test_power_loss_at_every_operation_of_a_repack_loses_and_doubles_nothing(tmp_path: Path) -> None:
    finished = False
    operations = 0
    while not finished:
        operations += 1
        for seed in range(4):
            random = Random(seed * 1000 + operations)
            episode = Episode(tmp_path, random)
            for number in range(3):
                episode.append(number, DAY, MARKETS[0])
            episode.repack(DAY)
            episode.append(5, DAY, MARKETS[0])
            before = episode.files.operations
            episode.during(operations, lambda episode=episode: episode.repack(DAY))  # type: ignore[misc]
            finished = episode.files.operations - before < operations
            episode.check()
            episode.append(6, DAY, MARKETS[0])
            episode.check()
            episode.repack(DAY)
            episode.check()
            assert episode.violations == [], f"operation {operations}, seed {seed}"
            assert not episode.files.size(episode.store.folder.growing(DAY, MARKETS[0].key))
    assert operations >= 8


def test_removing_the_old_file_before_the_new_ones_name_is_durable_is_caught(tmp_path: Path) -> None:
    class RemovesAtOnce(PowerLossFiles):
        def sync_folder(self, path: Path) -> None:
            if path.name != DAY.isoformat():
                super().sync_folder(path)
            else:
                self._step()

    lost = []
    for seed in range(60):
        episode = Episode(tmp_path, Random(seed))
        episode.append(0, DAY, MARKETS[0])
        episode.files.__class__ = RemovesAtOnce
        repack_day(episode.store, DAY)
        episode.lose_power()
        episode.check()
        lost += episode.violations
    assert any("lost" in each for each in lost)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 7), st.sampled_from(DAYS), st.sampled_from(MARKETS)),
        st.tuples(st.just("append_losing_power"), st.integers(1, 14), st.sampled_from(DAYS), st.sampled_from(MARKETS)),
        st.tuples(st.just("repack"), st.integers(1, 60), st.sampled_from(DAYS), st.just(MARKETS[0])),
        st.tuples(st.sampled_from(["kill", "lose_power"]), st.just(0), st.just(DAY), st.just(MARKETS[0])),
    ),
    max_size=25,
)


@given(steps=steps, seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_appends_crashes_and_repacks_reads_like_a_dictionary_of_what_was_acknowledged(
    tmp_path: Path, steps: list[tuple[str, int, date, object]], seed: int
) -> None:
    episode = Episode(tmp_path, Random(seed))
    for kind, number, day, market in steps:
        if kind == "append":
            episode.append(number, day, market)  # type: ignore[arg-type]
        elif kind == "append_losing_power":
            episode.during(number, lambda day=day, market=market: episode.append(8, day, market))  # type: ignore[misc]
        elif kind == "repack":
            episode.during(number, lambda day=day: episode.repack(day))  # type: ignore[misc]
        elif kind == "kill":
            episode.kill()
        else:
            episode.lose_power()
        episode.check()
        assert episode.violations == []
