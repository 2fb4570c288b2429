"""All symbols evaluated together by arrays are judged as each by itself, with fractions and nothing else."""

from __future__ import annotations

import random
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np

from p2p_pipeline.exchanges.scan.exact import EXACT
from p2p_pipeline.paper.machine.candles import Reference
from p2p_pipeline.paper.machine.limits import Factors, Limits, factors_of, have_reached, limits_of
from p2p_pipeline.paper.machine.strategy import Signal, evaluate
from p2p_pipeline.paper.settings import PaperSettings
from p2p_pipeline_tests.effort import this_many

STATES = this_many(2_000, 100_000)
AT_ONCE = 100
DIGITS = 9


def test_arrays_find_whoever_asks_and_nobody_is_decided_by_a_binary_float() -> None:
    rng = random.Random(7)
    found: dict[Signal, int] = dict.fromkeys(Signal, 0)
    too_many = 0
    for _ in range(0, STATES, AT_ONCE):
        settings = random_settings(rng)
        with localcontext(EXACT):
            factors = factors_of(settings)
        states = [random_state(rng, factors) for _ in range(AT_ONCE)]
        expected = [plainly(*state[:3], settings) for state in states]
        by_floats = reached(states, [state[3].floats for state in states], settings, float)
        with localcontext(EXACT):
            whole = [state[3].whole(DIGITS, DIGITS, factors) for state in states]
        by_whole = reached(states, whole, settings, lambda value: int(value.scaleb(DIGITS)))
        for (mark, oiv, reference, _), signal, is_found, is_found_exactly in zip(
            states, expected, by_floats, by_whole, strict=True
        ):
            with localcontext(EXACT):
                assert evaluate(mark, oiv, reference, settings) is signal
            assert is_found_exactly is (signal is not Signal.NONE)
            assert is_found or signal is Signal.NONE
            too_many += is_found and signal is Signal.NONE
            found[signal] += 1
    print(f"{STATES} states: {found}, {too_many} more were found by floats and refused")  # noqa: T201
    assert min(found.values()) > STATES // 200
    # states a millionth of a millionth from a limit are among them: rounding alone would have taken them
    assert too_many


def reached(states: list, limits: list, settings: PaperSettings, number: object) -> list[bool]:  # type: ignore[type-arg]
    mark, oiv = np.array([[number(state[0]), number(state[1])] for state in states]).T  # type: ignore[operator]
    return [bool(one) for one in have_reached(mark, oiv, np.array(limits), settings)]


def plainly(mark: Decimal, oiv: Decimal, reference: Reference, settings: PaperSettings) -> Signal:
    def move(value: Decimal, base: Decimal) -> Fraction:
        return (Fraction(value) - Fraction(base)) / Fraction(base) * 100

    holds = []
    for wanted in (settings.long, settings.short):
        both = wanted is not None
        if wanted is not None:
            pairs = (
                (move(mark, reference.close), wanted.price_move_pct),
                (move(oiv, reference.oiv), wanted.oiv_move_pct),
            )
            both = all(found >= Fraction(least) if least > 0 else found <= Fraction(least) for found, least in pairs)
        holds.append(both)
    return {(True, True): Signal.CONFLICTING, (True, False): Signal.LONG, (False, True): Signal.SHORT}.get(
        (holds[0], holds[1]), Signal.NONE
    )


def random_settings(rng: random.Random) -> PaperSettings:
    def direction() -> dict[str, str] | None:
        moves = [f"{rng.choice(['', '-'])}{rng.choice(['0.5', '0.1', '0.05', '0.333333'])}" for _ in range(2)]
        return {"price_move_pct": moves[0], "oiv_move_pct": moves[1]} if rng.random() < 0.9 else None

    return PaperSettings.model_validate({"long": direction(), "short": direction()})


def random_state(rng: random.Random, factors: Factors) -> tuple[Decimal, Decimal, Reference, Limits]:
    close = Decimal(rng.randrange(1, 10**7)).scaleb(-rng.randrange(6))
    reference = Reference(0, close, Decimal(rng.randrange(1, 10**8)).scaleb(-rng.randrange(4)))
    with localcontext(EXACT):
        limits = limits_of(reference, factors)
    values = [near(rng, base, limits.exact[place::2]) for place, base in enumerate((close, reference.oiv))]
    return values[0], values[1], reference, limits


def near(rng: random.Random, base: Decimal, limits: tuple[Decimal, ...]) -> Decimal:
    """Anywhere near the reference, or right at a limit, or the smallest step beside it."""
    if rng.random() < 0.4:
        return round(base * Decimal(rng.uniform(0.99, 1.01)), rng.randrange(DIGITS))
    return round(rng.choice(limits), DIGITS) + rng.choice((-1, 0, 0, 1)) * Decimal(1).scaleb(-DIGITS)
