"""Whether a profile asks for payment methods that offers can have: a slip of the pen would admit none of them."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from p2p_pipeline.kernel.errors import InvalidInput
from p2p_pipeline.kernel.told import Told
from p2p_pipeline.p2p.offers.payment_methods import PaymentMap


def require_known_payments(profile_name: str, codes: Collection[str]) -> None:
    """Raise InvalidInput for a code that no offer can have. One of a venue alone (`bybit:75`) may always be."""
    own = sorted(code for code in codes if ":" not in code)
    if not own:
        return
    known = PaymentMap.load().methods
    for code in own:
        if code not in known:
            near = get_close_matches(code, known, n=1)
            hint = Told(" (did you mean {near}?)", near=near[0]) if near else ""
            raise InvalidInput(
                "profile {profile_name!r} wants the payment method {code!r}, which no offer can have{hint}; `p2p "
                "doctor --payments` lists them",
                profile_name=profile_name,
                code=code,
                hint=hint,
            )
