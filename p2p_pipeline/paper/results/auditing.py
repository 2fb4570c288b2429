"""Whether a log's money adds up: each figure computed again from the line it stands in, and each sum from its lines.

Pure. A log of this program passes by construction; one that does not was changed, or shows a bug.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal, localcontext
from typing import Any, NamedTuple

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.log.lines import decimal_text
from p2p_pipeline.paper.results.parts import Results
from p2p_pipeline.paper.words import Close, Side

Line = Mapping[str, Any]
_FEE_OF = {Close.TAKE_PROFIT.value: "take_profit", Close.STOP_LOSS.value: "stop_loss"}


class Wrong(NamedTuple):
    """A figure that is not what it must be."""

    line: int
    what: str
    said: str
    must_be: str


class Audited(NamedTuple):
    """What was looked at, and what of it is wrong."""

    judged: int
    wrong: tuple[Wrong, ...]


def no_negative_cash(found: Results) -> Audited:
    """Equity without open positions at each change: a paper account that owes money would have been closed."""
    with localcontext(EXACT):
        wrong = [
            Wrong(0, f"equity after {one.what} of order {one.order}", decimal_text(one.equity), "0 or more")
            for one in found.equity
            if one.equity < 0
        ]
    return Audited(len(found.equity), tuple(wrong))


def money_conserved(lines: Iterable[Line], start: Decimal) -> Audited:
    """Equity without positions is start + realised - fees + funding, and a trade realised what its prices say."""
    return _audited(lines, lambda line: _conserved(line, start))


def fees_and_funding_add_up(lines: Iterable[Line], config: Mapping[str, Any], found: Results) -> Audited:
    """Each fee is price x quantity x fee, each funding mark x quantity x rate, and the summary has their sums."""
    sides: dict[str, Side] = {}
    audited = _audited(lines, lambda line: _costs(line, config, sides))
    # only the stop follows a summary
    sums = tuple(Wrong(found.lines - 1, f"summary: {one.name}", one.said, one.summed) for one in found.disagreements)
    return Audited(audited.judged + found.is_stopped, audited.wrong + sums)


def _audited(lines: Iterable[Line], look: Callable[[Line], Iterator[tuple[str, str, Decimal]]]) -> Audited:
    judged, wrong = 0, []
    with localcontext(EXACT):
        for line in lines:
            for what, said, must_be in look(line):
                judged += 1
                if Decimal(said) != must_be:
                    wrong.append(Wrong(line["n"], f"{line['type']}: {what}", said, decimal_text(must_be)))
    return Audited(judged, tuple(wrong))


def _conserved(line: Line, start: Decimal) -> Iterator[tuple[str, str, Decimal]]:
    if line["type"] == "summary" or (line["type"] == "snapshot" and not line["positions"]):
        yield "equity", line["equity"], start + _of(line, "realised") - _of(line, "fees") + _of(line, "funding")
    elif line["type"] == "position_closed":
        gain = (_of(line, "exit") - _of(line, "entry")) * _of(line, "quantity")
        yield "realised", line["realised"], gain * Side(line["side"]).sign


def _costs(line: Line, config: Mapping[str, Any], sides: dict[str, Side]) -> Iterator[tuple[str, str, Decimal]]:
    kind = line["type"]
    if kind == "order_filled":
        # a line of funding does not tell whose it is: a SHORT's amount has the other sign
        sides[line["symbol"]] = Side(line["side"])
    if kind in {"order_filled", "position_closed"}:
        fill = "entry" if kind == "order_filled" else _FEE_OF.get(line["reason"], "forced")
        price = _of(line, "price" if kind == "order_filled" else "exit")
        fee_pct = Decimal(config["fees_pct"][config["fee_of"][fill]])
        yield "fee", line["fee"], price * _of(line, "quantity") * fee_pct / 100
    elif kind in {"funding_applied", "funding_unknown"}:
        rate = Decimal(0) if kind == "funding_unknown" else _of(line, "rate")
        side = sides[line["symbol"]]
        yield "amount", line["amount"], _of(line, "mark") * _of(line, "quantity") * rate * side.sign


def _of(line: Line, name: str) -> Decimal:
    return Decimal(line[name])
