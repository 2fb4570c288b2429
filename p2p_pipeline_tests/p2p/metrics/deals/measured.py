"""How scores and chances do on the recording and on simulated markets: the figures of docs/methods.md.

`python -m p2p_pipeline_tests.p2p.metrics.deals.measured recorded` and `… simulated 4 5 6`.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from p2p_pipeline.kernel.paths import DataPaths
from p2p_pipeline.lake.lake import Lake
from p2p_pipeline.p2p.markets import Market
from p2p_pipeline.p2p.metrics.deals.calibration import ranks
from p2p_pipeline.p2p.metrics.deals.schema import SCORE_CALIBRATION, SCORES
from p2p_pipeline.p2p.raw.reader import RawReader
from p2p_pipeline.p2p.raw.recordings import import_recording
from p2p_pipeline.p2p.raw.store import RawStore
from p2p_pipeline.p2p.settings import Settings
from p2p_pipeline.p2p.simulator.catalogue import CatalogueOptions
from p2p_pipeline.p2p.steps.score import build_score_calibration
from p2p_pipeline_tests.p2p.steps.scored_market import END, make_market, make_tables
from p2p_pipeline_tests.shared_files import RECORDINGS

LEAST_DEALS = 4
"""In a group, for a rank correlation to say something."""


def groups(scores: pa.Table) -> list[list[dict[str, float | str]]]:
    """The deals of each amount in each book under each profile: how much worse the price is, the score, the choice."""
    found: dict[tuple[str, ...], list[dict[str, float | str]]] = {}
    columns = ["snapshot_id", "profile", "amount_fiat", "side", "price", "score", "choice"]
    for row in scores.select(columns).to_pylist():
        sign = 1.0 if row["side"] == "BUY" else -1.0
        entry = {"worse": sign * float(row["price"]), "score": row["score"], "choice": row["choice"]}
        found.setdefault((row["snapshot_id"], row["profile"], str(row["amount_fiat"])), []).append(entry)
    return list(found.values())


def rank_correlations(scores: pa.Table) -> list[float]:
    """Spearman's, of the score with a worse price, in each group where prices differ."""
    found = []
    for group in groups(scores):
        worse, score = (np.array([float(deal[name]) for deal in group]) for name in ("worse", "score"))
        if len(group) >= LEAST_DEALS and np.ptp(worse) > 0 and np.ptp(score) > 0:
            found.append(float(np.corrcoef(ranks(worse), ranks(score))[0, 1]))
    return found


def share_of_eighth_above_best(scores: pa.Table) -> float:
    """In how many groups the 8th-best single offer scores above the best split."""
    pairs = [{str(deal["choice"]): float(deal["score"]) for deal in group} for group in groups(scores)]
    above = [pair["single_8"] > pair["best"] for pair in pairs if {"single_8", "best"} <= set(pair)]
    return float(np.mean(above))


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _tell(lake: Lake, market: Market, settings: Settings, days: int) -> None:
    last = max(part.day for part in lake.partitions(SCORES)) if lake.partitions(SCORES) else END.date()
    build_score_calibration(lake, market.key, last, settings, days=days)
    scores = lake.read_range(SCORES, market.key, last - timedelta(days=days), last)
    found = np.array(rank_correlations(scores))
    _say(
        f"{market.key}: {scores.num_rows} deals, {len(found)} groups; rank correlation with a worse price: mean "
        f"{found.mean():.2f}, median {np.median(found):.2f}, below -0.3 in {np.mean(found < -0.3):.1%}; the 8th-best "
        f"single above the best split in {share_of_eighth_above_best(scores):.1%}"
    )
    _say("| deals | horizon | told | deals | mean told | came | 90 % | AUC | Brier | one share | days |")
    for row in lake.read(SCORE_CALIBRATION, last, market.key).to_pylist():
        if row["predictor"].startswith("chance"):
            usual = "-" if row["brier_before"] is None else f"{row['brier_before']:.3f}"
            auc = "-" if row["auc"] is None else f"{row['auc']:.2f}"
            _say(
                f"| {row['predictor'].removeprefix('chance_')} | {row['horizon']} | {row['bin_low']:.0f}-"
                f"{row['bin_high']:.0f} | {row['deals']} | {row['mean_chance']:.0%} | {row['share_held']:.0%} | "
                f"{row['share_low']:.0%}-{row['share_high']:.0%} | {auc} | {row['brier']:.3f} | {usual} | "
                f"{row['judged_days']} |"
            )


def recorded() -> None:
    """The recorded market, looked at every four hours."""
    market, settings = Market("binance", "USDT", "BOB"), Settings(profiles={})
    with tempfile.TemporaryDirectory() as folder:
        import_recording(RECORDINGS / "binance_usdt_bob_2024-10.jsonl.gz", RawStore(Path(folder)))
        reader, lake = RawReader(Path(folder)), Lake(DataPaths.choose(Path(folder)).lake)
        make_tables(reader, lake, market, settings)
        build_score_calibration(lake, market.key, reader.days()[-1], settings)
        _tell(lake, market, settings, 13)


def simulated(seed: int) -> None:
    """Four days, an hour of looks a minute apart at each one's end."""
    market, settings = Market("bybit", "USDT", "RUB"), Settings(profiles={})
    with tempfile.TemporaryDirectory() as folder:
        options = CatalogueOptions(seed=seed, offers_per_side=60)
        _, lake = make_market(
            Path(folder), market, options, (1.0, timedelta(minutes=30)), timedelta(hours=60), settings
        )
        _tell(lake, market, settings, 4)


if __name__ == "__main__":
    if sys.argv[1:2] == ["recorded"]:
        recorded()
    for each in sys.argv[2:]:
        simulated(int(each))
