"""The linear market at any moment: a contract's ticker and its candles. Costs nothing as long as nobody looks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from p2p_pipeline.exchanges.simulator.linear.listing import Contract, contracts, decimal, quantity
from p2p_pipeline.exchanges.simulator.linear.minutes import TURNOVER_DECIMALS, Days, MinuteModel, Now
from p2p_pipeline.exchanges.simulator.linear.steps import MINUTE, ContractSteps

Ticker = dict[str, str]
"""The fields of a ticker as the exchange writes them, in its order."""
_MOST_CENTS_DIGITS = 2


@dataclass(frozen=True, slots=True)
class Candle:
    """One candle as far as it goes: prices in ticks, volume in steps, turnover in its unit."""

    start: int
    """Minutes since 1970."""
    open: int
    high: int
    low: int
    close: int
    volume: int
    turnover: int


class LinearMarket:
    """The contracts and what they are worth."""

    def __init__(self, seed: int, count: int, frames_a_second: float) -> None:
        self.seed = seed
        self.contracts: tuple[Contract, ...] = contracts(seed, count, frames_a_second)
        self.paths = {of.symbol: ContractSteps(seed, place, of) for place, of in enumerate(self.contracts)}

    @cached_property
    def _days(self) -> Days:
        return Days(MinuteModel(self.seed, self.contracts))

    def warm_up(self, moment: float) -> None:
        """Make the day before a moment now, not when the first client asks."""
        self._days.now(int(moment // MINUTE))

    def ticker(self, symbol: str, number: int) -> Ticker:
        """What the ticker of a contract shows after a step."""
        path = self.paths[symbol]
        of, place = path.contract, path.place
        minute, step = divmod(number, path.a_minute)
        now, moment = self._days.now(minute), path.moment_of(number)
        so_far = path.so_far(now, step)
        last, price_decimals = so_far.last, of.price_decimals
        mark = path.mark(now, step, last)
        interest = path.open_interest(now, moment - minute * MINUTE)
        bid, bid_steps, ask, ask_steps = path.quotes(number, last)
        before = now.day_ago[place]
        volume, turnover = _part(now, place, step + 1, path.a_minute)
        worth = of.tick

        def price(ticks: int) -> str:
            return decimal(ticks * worth, price_decimals)

        return {
            "symbol": symbol,
            "tickDirection": so_far.direction,
            "price24hPcnt": f"{(last - before) / before:.6f}",
            "lastPrice": price(last),
            "prevPrice24h": price(before),
            "highPrice24h": price(max(so_far.high, now.day_highs[place])),
            "lowPrice24h": price(min(so_far.low, now.day_lows[place])),
            "prevPrice1h": price(now.hour_ago[place]),
            "markPrice": decimal(mark, price_decimals),
            "indexPrice": decimal(path.index(now, mark), price_decimals),
            "openInterest": quantity(interest, of.quantity_decimals),
            "openInterestValue": _cents(interest * mark, of.quantity_decimals + price_decimals),
            "turnover24h": decimal(now.day_turnovers[place] + turnover, TURNOVER_DECIMALS),
            "volume24h": quantity(now.day_volumes[place] + volume, of.quantity_decimals),
            "nextFundingTime": str(path.next_funding_ms(int(moment * 1000))),
            "fundingRate": path.funding_rate(minute),
            "bid1Price": price(bid),
            "bid1Size": quantity(bid_steps, of.quantity_decimals),
            "ask1Price": price(ask),
            "ask1Size": quantity(ask_steps, of.quantity_decimals),
        }

    def candle(self, symbol: str, interval: int, start: int, number: int) -> Candle:
        """The candle of `interval` minutes from `start`, as far as the steps up to one go."""
        path = self.paths[symbol]
        minute, step = divmod(number, path.a_minute)
        if minute >= start + interval:
            return self.candles(symbol, interval, start, start)[0]
        if minute < start:  # nothing has been traded in it
            opened = self._days.now(start).opens[path.place]
            return Candle(start, opened, opened, opened, opened, 0, 0)
        now = self._days.now(minute)
        so_far = path.so_far(now, step)
        volume, turnover = _part(now, path.place, step + 1, path.a_minute)
        if minute == start:
            opened = now.opens[path.place]
            return Candle(start, opened, so_far.high, so_far.low, so_far.last, volume, turnover)
        before = self.candles(symbol, minute - start, start, start)[0]
        return Candle(
            start,
            before.open,
            max(before.high, so_far.high),
            min(before.low, so_far.low),
            so_far.last,
            before.volume + volume,
            before.turnover + turnover,
        )

    def candles(self, symbol: str, interval: int, first: int, last: int) -> list[Candle]:
        """The whole candles that start from `first` to `last` (minutes since 1970), an interval apart."""
        path = self.paths[symbol]
        end = last + interval - 1
        found = self._days.of_one(path.place, first, end)
        if found is None:
            found = MinuteModel(self.seed, (path.contract,)).of(first, end)
        opens, closes = found.opens[0, ::interval], found.closes[0, interval - 1 :: interval]
        shape = (len(opens), interval)
        highs, lows = found.highs.reshape(shape).max(axis=1), found.lows.reshape(shape).min(axis=1)
        volumes, turnovers = found.volumes.reshape(shape).sum(axis=1), found.turnovers.reshape(shape).sum(axis=1)
        columns = (values.tolist() for values in (opens, highs, lows, closes, volumes, turnovers))
        return [Candle(first + place * interval, *row) for place, row in enumerate(zip(*columns, strict=True))]


def _part(now: Now, place: int, steps: int, a_minute: int) -> tuple[int, int]:
    """Volume and turnover of the minute so far."""
    return now.volumes[place] * steps // a_minute, now.turnovers[place] * steps // a_minute


def _cents(product: int, decimals: int) -> str:
    """An exact product to the cent, halves up."""
    if decimals <= _MOST_CENTS_DIGITS:
        return decimal(product * int(10 ** (_MOST_CENTS_DIGITS - decimals)), _MOST_CENTS_DIGITS)
    unit = 10 ** (decimals - _MOST_CENTS_DIGITS)
    return decimal((product + unit // 2) // unit, _MOST_CENTS_DIGITS)


def turnover_text(turnover: int) -> str:
    """A turnover as the exchange writes it."""
    return decimal(turnover, TURNOVER_DECIMALS)
