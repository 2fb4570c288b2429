"""What a file of prices adds to those that are there: doubles, contradictions and absurd prices are told apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from p2p_pipeline.p2p.metrics.history.series_file import CELLS, Refused

NEIGHBOURS = 24
"""Prices of the same series before and after one, whose median it is compared with."""
ABSURD_FACTOR = 8.0
"""Further off than this from its neighbours is a slip of the recorder: a point that moved by one place is 10. In the
real year of USDT/BOB the furthest is 2.5 (the lowest ask, a teaser)."""
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


def settle(cells: pa.Table, stored: pa.Table) -> Settled:
    """Bring the prices of a file (CELLS) to those that are there (CELLS too), in whatever order they come.

    Lines of one time and side that contradict each other are all refused: nothing says which is right. A price that
    contradicts one that is there is refused: the one that came first stays. A price more than ABSURD_FACTOR times
    above or below the median of its 49 neighbours in time is refused, with its line: a series may move tenfold over a
    year, or jump to a new level for good, but no price stands alone so far out.
    """
    frame = _frame(cells, stored)
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
    first = _without(first, _absurd(first[first["code_there"].isna()], there, reasons))
    added = first[first["code_there"].isna()]
    # `place` leads back to the exact decimal.
    kept = pd.concat([there, added]).sort_values(_KEY)["place"].to_numpy()
    return Settled(
        cells=pa.concat_tables([stored, cells]).take(pa.array(kept)),
        added=len(added),
        already_there=len(first) - len(added),
        duplicates=duplicates,
        reordered=reordered,
        moments=np.unique(first["moment"].to_numpy()),
        longest_gap_seconds=_longest_gap(first),
        refused=tuple(sorted(reasons.values(), key=lambda entry: entry.line)),
    )


def as_stored(cells: pa.Table) -> pa.Table:
    """Prices as those that are there, whatever lines they came in."""
    return cells.set_column(0, CELLS.field("line"), pa.array(np.zeros(cells.num_rows, dtype=np.int64)))


def _frame(cells: pa.Table, stored: pa.Table) -> pd.DataFrame:
    both = pa.concat_tables([stored, cells]).combine_chunks()
    codes = compute.dictionary_encode(both["value"].combine_chunks()).indices
    return pd.DataFrame(
        {
            "place": np.arange(both.num_rows),
            "line": both["line"].to_numpy(),
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


def _absurd(added: pd.DataFrame, there: pd.DataFrame, reasons: dict[int, Refused]) -> set[int]:
    found: set[int] = set()
    for (_, measure), series in pd.concat([there, added]).sort_values("moment").groupby(["side", "measure"]):
        usual = series["value"].rolling(2 * NEIGHBOURS + 1, center=True, min_periods=1).median()
        times = _times_off(series["value"].to_numpy(), usual.to_numpy())
        for place in np.flatnonzero((times > ABSURD_FACTOR) & (series["line"] > 0).to_numpy()):
            line, value = int(series["line"].iloc[place]), series["value"].iloc[place]
            detail = f"{measure} was {value:g} where its neighbours are about {usual.iloc[place]:g}"
            reasons.setdefault(line, Refused(line, "absurd_price", detail))
            found.add(line)
    return found


def _times_off(values: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(values / usual, usual / values)


def _shown(moment: int) -> str:
    return f"{np.datetime64(int(moment), 'us').astype('datetime64[s]')}Z"
