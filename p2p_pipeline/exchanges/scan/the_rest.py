"""What came near a limit, or out of a book that floats don't hold: judged one by one in decimals."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np

from p2p_pipeline.exchanges.scan.deciding import Code, Decided, PairList
from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.exchanges.scan.pairs import Pairs
from p2p_pipeline.exchanges.scan.reasons import Reason
from p2p_pipeline.exchanges.scan.rules import ScanRules
from p2p_pipeline.exchanges.scan.sides import Sides
from p2p_pipeline.exchanges.scan.spatial import judge, price
from p2p_pipeline.exchanges.scan.tables import Tables

REASON_OF = {
    Code.BELOW_STEP: Reason.BELOW_STEP,
    Code.BELOW_MIN_NOTIONAL: Reason.BELOW_MIN_NOTIONAL,
    Code.BELOW_MIN_EDGE: Reason.BELOW_MIN_EDGE,
    Code.TOO_GOOD: Reason.TOO_GOOD,
}
_CODE_OF: dict[Reason | None, Code] = {reason: code for code, reason in REASON_OF.items()}
_CODE_OF |= {None: Code.OPPORTUNITY}

ExactEdges = dict[tuple[int, int], Decimal]
"""By (notional, pair), of those that have one that may be believed."""


def decide_the_rest(
    decided: Decided, listed: PairList, tables: Tables, rules: ScanRules, pairs: Pairs, sides: Sides
) -> ExactEdges:
    """Replace LEFT_TO_DECIMALS by what it comes to."""
    edges: ExactEdges = {}
    with localcontext(EXACT):
        for number, pair in np.argwhere(decided.codes == Code.LEFT_TO_DECIMALS):
            bought, sold = sides.of_pair(listed, int(pair))
            symbol = tables.symbols[listed.row[pair]]
            facts = pairs.pair(symbol, bought.instrument.exchange, sold.instrument.exchange)
            notional = rules.notional(int(number), bought.instrument.quote)
            priced = price(bought, sold, notional, facts.withdrawal_fee, rules)
            reason = priced if isinstance(priced, Reason) else judge(priced, rules)
            decided.codes[number, pair] = _CODE_OF[reason]
            if not isinstance(priced, Reason) and reason is not Reason.TOO_GOOD:
                edges[int(number), int(pair)] = priced.net_edge_pct
    return edges
