"""The site's map: which pages there are, in groups, under the names that the navigation shows."""

from __future__ import annotations

from dataclasses import dataclass

from p2p_pipeline.web.words.languages import Words


@dataclass(frozen=True, slots=True)
class Place:
    """A page's place in the navigation: its name in the reader's language, and its address."""

    name: str
    path: str
    key: str
    """After `g` this key leads there."""
    has_below: bool = True

    def holds(self, path: str) -> bool:
        """Whether an address is this page's or one below it."""
        return path == self.path or (self.has_below and path.startswith(f"{self.path}/"))


def places(words: Words) -> tuple[tuple[Place, ...], ...]:
    """The pages there are, a group each: for who changes money, for arbitrage, for paper, for who runs the system.

    Alerts, Journal and Account come last, when they exist.
    """
    return (
        (
            Place(words.text("Now"), "/now", "n"),
            Place(words.text("Combos"), "/combos", "c"),
            Place(words.text("History"), "/history", "h"),
            Place(words.text("Best windows"), "/windows", "w"),
            Place(words.text("Behaviour"), "/behaviour", "b"),
            Place(words.text("Markets"), "/markets", "m"),
        ),
        (
            Place(words.text("Opportunities"), "/arb", "a", has_below=False),
            Place(words.text("Matrix"), "/arb/matrix", "x"),
            Place(words.text("Exchanges"), "/arb/exchanges", "e"),
            Place(words.text("Cycles"), "/arb/cycles", "y"),
        ),
        (Place(words.text("Paper"), "/paper", "p"),),
        (
            Place(words.text("Quality"), "/quality", "q"),
            Place(words.text("Operations"), "/ops", "o"),
        ),
    )
