"""What a file of prices adds to those that are there: doubles, contradictions and absurd prices are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.p2p.metrics.history.absurd import NewLevel, judged
from p2p_pipeline.p2p.metrics.history.series_file import CELLS, Refused

_KEY = ["side", "measure", "moment"]


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """What became of a file's good lines."""

    cells: pa.Table
    """All prices that are there now, as CELLS, by side, measure and time; `line` is 0 for those that were there."""
    added: int
    """Prices that are new."""
    already_there: int
    """Prices that were there with the same value."""
    duplicates: int
    """Lines that say only what an earlier line of the file says."""
    reordered: int
    """Lines that stand after a later one of their side."""
    moments: NDArray[np.int64]
    """When the file's accepted prices are of, microseconds since 1970: each once, in order."""
    longest_gap_seconds: float
    """Between two looks at a side in the file."""
    refused: tuple[Refused, ...]
    doubted: pa.Table
    """Prices that are absurd so far, of this file and earlier ones, as CELLS: later ones may show them to be a level.
    """
    new_levels: tuple[NewLevel, ...]


def settle(cells: pa.Table, stored: pa.Table, doubted: pa.Table | None = None) -> Settled:
    """Bring the prices of a file (CELLS) to those that are there (CELLS too), in whatever order they come.

    Lines of one time and side that contradict each other are all refused: nothing says which is right. A price that
    contradicts one that is there is refused: the one that came first stays. A price more than ABSURD_FACTOR times
    above or below the median of its 49 neighbours in time is refused, with its line: a series may move tenfold over a
    year, or jump to a new level for good, but no price stands alone so far out. Those that earlier files were refused
    for (`doubted`) are judged again together with the file's: enough that agree with each other are a new level.
    """
    doubted = CELLS.empty_table() if doubted is None else doubted
    frame = _frame(cells, stored, doubted)
    lines = _lines(frame)
    reordered = _reordered(lines)
    reasons: dict[int, Refused] = {}
    fresh = _without(frame[frame["line"] > 0], _contradicting(frame[frame["line"] > 0], lines, reasons))
    first = fresh.sort_values([*_KEY, "line"]).drop_duplicates(_KEY)
    duplicates = fresh["line"].nunique() - first["line"].nunique()
    there = frame[frame["line"] == 0]
    first = first.merge(there[[*_KEY, "code"]], on=_KEY, how="left", suffixes=("", "_there"))
    is_other = first["code_there"].notna() & (first["code_there"] != first["code"])
    for line, moment in first.loc[is_other, ["line", "moment"]].itertuples(index=False):
        detail = f"another price of {_shown(moment)} is there from an earlier file, and stays"
        reasons.setdefault(int(line), Refused(int(line), "contradicts_earlier_file", detail))
    first = _without(first, reasons)
    before = _still_doubted(frame, first)
    candidates = pd.concat([first[first["code_there"].isna()], before])
    absurd, new_levels = _absurd(candidates, there, reasons)
    first = _without(first, absurd)
    added = _without(candidates, absurd)
    # `place` leads back to the exact decimal.
    kept = pd.concat([there, added]).sort_values(_KEY)["place"].to_numpy()
    return Settled(
        cells=_taken(stored, cells, doubted, kept),
        added=len(added),
        already_there=int(first["code_there"].notna().sum()),
        duplicates=duplicates,
        reordered=reordered,
        moments=np.unique(first["moment"].to_numpy()),
        longest_gap_seconds=_longest_gap(first),
        refused=tuple(sorted(reasons.values(), key=lambda entry: entry.line)),
        doubted=_by_line(
            _taken(stored, cells, doubted, candidates.loc[candidates["line"].isin(absurd), "place"].to_numpy())
        ),
        new_levels=tuple(new_levels),
    )


def _taken(stored: pa.Table, cells: pa.Table, doubted: pa.Table, places: NDArray[np.int64]) -> pa.Table:
    return pa.concat_tables([stored, cells, doubted]).take(pa.array(places))


def _by_line(doubted: pa.Table) -> pa.Table:
    """Prices with numbers of their own for lines: those of several files would mean different lines by the same one."""
    lines = pd.MultiIndex.from_arrays([doubted["side"].to_pandas(), doubted["moment"].to_pandas()])
    return doubted.set_column(0, CELLS.field("line"), pa.array(pd.factorize(lines)[0].astype(np.int64)))


def as_stored(cells: pa.Table) -> pa.Table:
    """Prices as those that are there, whatever lines they came in."""
    return cells.set_column(0, CELLS.field("line"), pa.array(np.zeros(cells.num_rows, dtype=np.int64)))


def _frame(cells: pa.Table, stored: pa.Table, doubted: pa.Table) -> pd.DataFrame:
    both = pa.concat_tables([stored, cells, doubted]).combine_chunks()
    codes = compute.dictionary_encode(both["value"].combine_chunks()).indices
    lines = both["line"].to_numpy().copy()
    # Those of earlier files stand for lines again, under numbers that this file does not have.
    lines[stored.num_rows + cells.num_rows :] = -1 - doubted["line"].to_numpy()
    return pd.DataFrame(
        {
            "place": np.arange(both.num_rows),
            "line": lines,
            "moment": both["moment"].to_numpy(),
            "side": both["side"].to_pandas(),
            "measure": both["measure"].to_pandas(),
            "code": codes.to_numpy(),
            "value": compute.cast(both["value"], pa.float64()).to_numpy(),
        }
    )


def _lines(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[frame["line"] > 0, ["line", "moment", "side"]].drop_duplicates("line").sort_values("line")


def _reordered(lines: pd.DataFrame) -> int:
    return int(sum((of_side["moment"] < of_side["moment"].cummax()).sum() for _, of_side in lines.groupby("side")))


def _longest_gap(accepted: pd.DataFrame) -> float:
    gaps = [np.diff(np.unique(moments)).max(initial=0) for _, moments in accepted.groupby("side")["moment"]]
    return float(max(gaps, default=0)) / 1_000_000


def _without(frame: pd.DataFrame, lines: Iterable[int]) -> pd.DataFrame:
    return frame[~frame["line"].isin(list(lines))]


def _contradicting(fresh: pd.DataFrame, lines: pd.DataFrame, reasons: dict[int, Refused]) -> set[int]:
    """The lines of each time and side for which some measure has two values."""
    kinds = fresh.groupby(_KEY)["code"].agg(["min", "max"]).reset_index()
    wrong = kinds.loc[kinds["min"] != kinds["max"], ["side", "moment"]].drop_duplicates()
    for line, moment in lines.merge(wrong, on=["side", "moment"])[["line", "moment"]].itertuples(index=False):
        detail = f"lines of {_shown(moment)} and the same side contradict each other; nothing says which is right"
        reasons[int(line)] = Refused(int(line), "contradicting_lines", detail)
    return set(reasons)


def _still_doubted(frame: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """What earlier files were refused for, without what this one says again or otherwise."""
    before = frame[frame["line"] < 0].drop_duplicates(_KEY)
    said = pd.concat([frame[frame["line"] == 0], first])[_KEY].drop_duplicates()
    return before.merge(said, on=_KEY, how="left", indicator=True).query("_merge == 'left_only'").drop(columns="_merge")


def _absurd(
    candidates: pd.DataFrame, there: pd.DataFrame, reasons: dict[int, Refused]
) -> tuple[set[int], list[NewLevel]]:
    found: set[int] = set()
    levels = []
    for (side, measure), series in pd.concat([there, candidates]).sort_values("moment").groupby(["side", "measure"]):
        is_absurd, is_level, usual = judged(series["value"].to_numpy())
        is_new = (series["line"] != 0).to_numpy()
        for place in np.flatnonzero(is_absurd & is_new):
            line, value = int(series["line"].iloc[place]), series["value"].iloc[place]
            found.add(line)
            if line > 0:
                detail = f"{measure} was {value:g} where its neighbours are about {usual[place]:g}"
                reasons.setdefault(line, Refused(line, "absurd_price", detail))
        at = np.flatnonzero(is_level & is_new)
        if len(at):
            about = float(np.median(series["value"].to_numpy()[at]))
            since = int(series["moment"].iloc[at[0]])
            levels.append(NewLevel(str(side), str(measure), since, float(usual[at[0]]), about, len(at)))
    return found, levels


def _shown(moment: int) -> str:
    return f"{np.datetime64(int(moment), 'us').astype('datetime64[s]')}Z"
