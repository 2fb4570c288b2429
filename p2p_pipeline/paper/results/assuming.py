"""What is believed of a paper session without evidence, said beside its results. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from p2p_pipeline.kernel.told import Digits, Told

_TOUCHED = {
    "best": Told("the other side of the book"),
    "last": Told("the last price"),
    "mark": Told("the mark price"),
}
_FEE_KINDS = {"maker": Told("maker"), "taker": Told("taker")}


def assumptions_of(config: Mapping[str, Any], *, is_stopped: bool, is_recovered: bool, held: int) -> tuple[Told, ...]:
    """As sentences, the heaviest first."""
    fees, fee_of = config["fees_pct"], config["fee_of"]
    told = []
    if not is_stopped:
        told.append(Told("This session has not stopped by its rules: it still runs, or its process ended unasked."))
    if held:
        told.append(Told("{count} position is still open.", "{count} positions are still open.", count=held))
    if is_recovered:
        told.append(
            Told(
                "It went on after a crash: what was open then was closed at the first prices seen again, which may be "
                "far from those at which it would have been closed."
            )
        )
    told += [
        Told(
            "An order counts as filled, whole and at its limit, as soon as {price} touches it. Nobody stands in the "
            "queue before it, and no order of ours moves the market; the fill models beside it doubt the first.",
            price=_TOUCHED[config["touch_price"]],
        ),
        Told(
            "Fees are {maker} % for a maker and {taker} % for a taker; a stop-loss pays the one of a {stop_loss}.",
            maker=Digits(fees["maker"]),
            taker=Digits(fees["taker"]),
            stop_loss=_FEE_KINDS[fee_of["stop_loss"]],
        ),
        Told("A win is a trade that realised more than 0, before fees and funding."),
    ]
    return tuple(told)
