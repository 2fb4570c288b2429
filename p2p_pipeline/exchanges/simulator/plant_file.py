"""The file of `--plant`: what is planted when a simulator starts; each mistake is told with its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from p2p_pipeline.exchanges.settings import CROSSES
from p2p_pipeline.exchanges.simulator.listing import EXCHANGES
from p2p_pipeline.exchanges.simulator.plant import Plant, PlantKind
from p2p_pipeline.kernel.errors import ClearError, InvalidInput
from p2p_pipeline.kernel.settings_file import Section, SettingsDocument, UnreadableYaml, explain

EXAMPLE = """\
plants:
  - kind: spatial          # spatial, triangular, closed_withdrawal, stale_leg, wrong_identity, dust, glitch
    symbol: SOL/USDT       # of a triangular one the cross, such as ETH/BTC
    buy: binance           # where it is cheap, that stalls, that has closed; of a triangular one the exchange
    sell: kraken
    after_seconds: 5       # from the start
    life_seconds: 60
    notional: 1000         # in quote
    edge_pct: 0.5          # net of both public base fees and the withdrawal fee
"""
"""What a file looks like; all but kind, symbol, buy and sell may be left out."""


class PlantFileError(ClearError):
    """A mistake in a file of plants; the text has the line and what to write."""


class PlantLine(Section):
    """One thing to plant."""

    kind: PlantKind
    symbol: str
    buy: str
    sell: str = ""
    after_seconds: Annotated[float, Field(ge=0)] = 5.0
    life_seconds: Annotated[float, Field(gt=0, le=86_400)] = 60.0
    notional: Annotated[Decimal, Field(gt=0)] = Decimal(1_000)
    edge_pct: Annotated[Decimal, Field(gt=0, lt=100)] = Decimal("0.5")
    _place: str = PrivateAttr("")

    @property
    def place(self) -> str:
        """File and line, where it was read from a file."""
        return self._place

    @field_validator("symbol")
    @classmethod
    def _symbol(cls, value: str) -> str:
        base, slash, quote = value.partition("/")
        if not (base and slash and quote) or value != value.upper():
            raise InvalidInput(f"was {value!r}; write BASE/QUOTE in upper case, such as SOL/USDT")
        return value

    @field_validator("buy", "sell")
    @classmethod
    def _exchange(cls, value: str) -> str:
        if value not in EXCHANGES:
            raise InvalidInput(f"was {value!r}; known are {', '.join(EXCHANGES)}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind is PlantKind.TRIANGULAR:
            if self.symbol not in CROSSES or self.sell not in ("", self.buy):
                raise InvalidInput(
                    f"a triangular one was {self.symbol} at {self.buy} and {self.sell or 'no other'}; write one "
                    f"exchange as `buy`, no `sell`, and as symbol one of {', '.join(CROSSES)}"
                )
        elif not self.sell or self.buy == self.sell:
            raise InvalidInput(f"buy was {self.buy!r} and sell {self.sell!r}; write two exchanges")
        return self

    def planted(self, now: float) -> Plant:
        """The plant, with its times."""
        starts_at = now + self.after_seconds
        sell = self.sell or self.buy
        ends_at = starts_at + self.life_seconds
        return Plant(self.kind, self.symbol, self.buy, sell, starts_at, ends_at, self.notional, self.edge_pct)


class _File(Section):
    plants: tuple[PlantLine, ...] = ()


def read_plants(file: Path) -> tuple[PlantLine, ...]:
    """What a file plants. Raises PlantFileError with the line."""
    try:
        return parse_plants(file.read_bytes(), file.name)
    except OSError as error:
        why = error.strerror or str(error)
        raise PlantFileError("the file of plants {file} can't be read: {why}", file=str(file), why=why) from None


def parse_plants(text: str | bytes, file_name: str) -> tuple[PlantLine, ...]:
    """The same from YAML text."""
    try:
        document = SettingsDocument.parse(text)
    except UnreadableYaml as error:
        raise PlantFileError("{file} line {line}: {error}", file=file_name, line=error.line, error=error) from None
    if not isinstance(document.value, dict):
        raise PlantFileError("{file} line 1: write `plants:` with a list below it", file=file_name)
    try:
        found = _File.model_validate(document.value).plants
    except ValidationError as error:
        raise PlantFileError(explain(error, document, file_name)) from None
    for number, line in enumerate(found):
        line._place = f"{file_name} line {document.line_of(('plants', number))}"
    return found


def plant_from_json(value: Any) -> PlantLine:
    """One plant as the control address gets it. Raises InvalidInput for what is none."""
    try:
        return PlantLine.model_validate(value)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"]))
        raise InvalidInput(f"a plant can't be planted: {place}: {problem['msg']}") from None
