"""What one contract's ticker shows between the ends of a minute: steps, some a second. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from p2p_pipeline.exchanges.simulator.linear.listing import Contract
from p2p_pipeline.exchanges.simulator.linear.minutes import Now
from p2p_pipeline.exchanges.simulator.noise import key_of, mixed, uniform

MINUTE = 60.0
_LEAST_SECONDS_APART = 0.1
"""The exchange sends a ticker no oftener."""
_WAVES_A_MINUTE = 6
_FUNDING_WAVE_MINUTES = 30


@dataclass(slots=True)
class SoFar:
    """A minute up to one of its steps: what its candle shows then."""

    minute: int
    step: int
    high: int
    low: int
    last: int
    direction: str = "ZeroPlusTick"


class ContractSteps:
    """The steps of a contract, each within its own part of the minute."""

    def __init__(self, seed: int, place: int, contract: Contract) -> None:
        self.contract = contract
        self.place = place
        self.a_minute = contract.steps_a_minute
        self._key = key_of(seed, "linear", "steps", contract.symbol)
        self._funding_key = key_of(seed, "linear", "funding", contract.symbol)
        self._part = MINUTE / self.a_minute
        self._shift = max(0.0, self._part - _LEAST_SECONDS_APART)
        self._so_far = SoFar(-1, -1, 0, 0, 0)

    def moment_of(self, number: int) -> float:
        """When a step begins, seconds since 1970."""
        minute, step = divmod(number, self.a_minute)
        return minute * MINUTE + step * self._part + uniform(self._key, number) * self._shift

    def number_at(self, moment: float) -> int:
        """The newest step at a time."""
        minute = int(moment // MINUTE)
        number = minute * self.a_minute + min(self.a_minute - 1, int((moment - minute * MINUTE) / self._part))
        return number if self.moment_of(number) <= moment else number - 1

    def last(self, now: Now, step: int) -> int:
        """The last price in ticks after a step of a minute; after its last step the minute's close."""
        place, count = self.place, self.a_minute
        high, low, close = now.highs[place], now.lows[place], now.closes[place]
        if step >= count - 1:
            return close
        key = mixed(self._key, -now.number - 1)
        if step == key % (count - 1):
            return high
        if step == (key >> 20) % (count - 1):
            return low
        opened = now.opens[place]
        part = (step + 1) / count
        wave, within = divmod(part * _WAVES_A_MINUTE, 1.0)
        left, right = (uniform(key, int(wave) + side) for side in (0, 1))
        swing = left + (right - left) * within - 0.5 + 0.2 * (uniform(key, 1_000 + step) - 0.5)
        value = opened + (close - opened) * part + (high - low) * 5.0 * part * (1.0 - part) * swing
        return min(high, max(low, round(value)))

    def so_far(self, now: Now, step: int) -> SoFar:
        """The minute up to a step; -1 for none yet. What was asked before is gone on with."""
        held = self._so_far
        if held.minute != now.number or held.step > step:
            opened = now.opens[self.place]
            held = self._so_far = SoFar(now.number, -1, opened, opened, opened)
        while held.step < step:
            held.step += 1
            last = self.last(now, held.step)
            if last != held.last:
                held.direction = "PlusTick" if last > held.last else "MinusTick"
            elif not held.direction.startswith("Zero"):
                held.direction = f"Zero{held.direction}"
            held.last = last
            held.high, held.low = max(held.high, last), min(held.low, last)
        return held

    def mark(self, now: Now, step: int, last: int) -> int:
        """The mark price, finer than the tick: in units of the last price decimal."""
        opened, close = now.opens[self.place], now.closes[self.place]
        even = opened + (close - opened) * (step + 1) / self.a_minute
        basis = 1 + 0.0002 * (uniform(self._key, -(now.number * self.a_minute + step) - 2) - 0.5)
        return max(1, round((0.6 * last + 0.4 * even) * self.contract.tick * basis))

    def index(self, now: Now, mark: int) -> int:
        """The index price: a minute long the same part of the mark."""
        return max(1, round(mark * (1 + 0.001 * (uniform(self._funding_key, now.number) - 0.5))))

    def quotes(self, number: int, last: int) -> tuple[int, int, int, int]:
        """Bid, its steps, ask, its steps: one of the prices is the last one."""
        key = mixed(self._key ^ 0x5A5A, number)
        spread = 1 + key % max(1, last // 5_000)
        bid = last if key & 1 << 40 or last <= spread else last - spread
        most = max(2, round(40_000 / (last * self.contract.tick * 10**-self.contract.price_decimals * self._step())))
        return bid, 1 + (key >> 12) % most, bid + spread, 1 + (key >> 24) % most

    def _step(self) -> float:
        return float(10.0**-self.contract.quantity_decimals)

    def open_interest(self, now: Now, second: float) -> int:
        """In steps; another one each 2.5 seconds."""
        slot = min(24, int(second / 2.5))
        before, after = now.interest_before[self.place], now.interest_after[self.place]
        stir = 1 + 0.0006 * (uniform(self._funding_key, -(now.number * 24 + slot) - 1) - 0.5)
        return max(1, round((before + (after - before) * slot / 24) * stir))

    def funding_rate(self, minute: int) -> str:
        """The rate for the next funding as it is known in a minute."""
        wave, within = divmod(minute / _FUNDING_WAVE_MINUTES, 1.0)
        left, right = (uniform(self._funding_key, int(wave) * 2 + 2 * side + 1) for side in (0, 1))
        swing = left + (right - left) * within - 0.5
        rate = 0.0001 + 0.0012 * max(0.0, abs(swing) - 0.15) * (1 if swing > 0 else -1)
        text = f"{rate:.8f}".rstrip("0")
        return "0" if text in ("0.", "-0.") else text

    def next_funding_ms(self, at_ms: int) -> int:
        """The first funding after a time."""
        every = self.contract.funding_hours * 3_600_000
        return (at_ms // every + 1) * every
