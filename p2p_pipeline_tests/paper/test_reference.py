"""Two implementations that share no line make the same log, byte for byte, of recordings with everything in them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import orjson

from p2p_pipeline.paper.words import FillModel
from p2p_pipeline_tests.effort import this_many
from p2p_pipeline_tests.paper.golden import golden, made
from p2p_pipeline_tests.paper.reference import Reference

SEEDS = range(this_many(25, 2_000))
HAPPENS = {
    "candle_conflict", "reference_missing", "candle_confirmed", "signal", "order_placed", "order_rejected",
    "order_filled", "order_expired", "order_cancelled", "position_closed", "funding_applied", "funding_unknown",
    "symbol_stale", "symbol_fresh", "symbol_armed", "symbol_rearmed", "connection",
}  # fmt: skip


def test_the_plain_implementation_of_the_rules_makes_the_same_log(tmp_path: Path) -> None:
    types: Counter[str] = Counter()
    trades: Counter[str] = Counter()
    hashes: list[str] = []
    told_apart: Counter[tuple[str, str]] = Counter()
    for seed in SEEDS:
        found, random_one, path = made(seed, tmp_path)
        lines = found.log.read_bytes().splitlines()
        expected = Reference(found.session, random_one.settings).run(path)
        different = next((n for n, (one, two) in enumerate(zip(lines, expected, strict=False)) if one != two), None)
        assert different is None, (seed, lines[different], expected[different])
        assert lines == expected, seed
        hashes.append(found.sha256)
        types.update(orjson.loads(line)["type"] for line in lines)
        summary = orjson.loads(lines[-2])
        models = summary["fill_models"]
        trades.update({model: figures["trades"] for model, figures in models.items()})
        told_apart.update(pair for pair in combinations(models, 2) if models[pair[0]] != models[pair[1]])
        start = Decimal(str(random_one.settings["account"]["start_equity"]))
        for figures in (summary, *models.values()):
            money = {name: Decimal(figures[name]) for name in ("realised", "fees", "funding", "equity")}
            assert money["equity"] == start + money["realised"] - money["fees"] + money["funding"]
    print(f"{len(SEEDS)} recordings, {sum(types.values())} lines:", dict(sorted(types.items())))  # noqa: T201
    print(f"trades {dict(trades)}, two models differ in {dict(told_apart)} recordings")  # noqa: T201
    # agreeing on recordings in which nothing happens would prove nothing
    assert types.keys() >= HAPPENS, HAPPENS - types.keys()
    assert len(told_apart) == len(list(combinations(FillModel, 2)))
    kept = golden()
    assert hashes[: len(kept)] == kept
