"""What is judged of a paper session. Names and sentences only: what judges them is judges.py."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaperProperty:
    """One property of one asset."""

    asset: str
    name: str
    description: str


PAPER_PROPERTIES = (
    PaperProperty(
        "sessions",
        "log_verified",
        "Every line of the log is whole, numbered, and chained to the one before.",
    ),
    PaperProperty(
        "sessions",
        "replay_equal",
        "The session's own frames give its log again, byte for byte. A session that is itself a replay has none.",
    ),
    PaperProperty("equity", "no_negative_cash", "Equity without open positions is never below 0."),
    PaperProperty(
        "equity",
        "money_conserved",
        "Start + realised - fees + funding is the equity, to the last digit; a trade realised what its prices say.",
    ),
    PaperProperty(
        "trades",
        "fees_and_funding_add_up",
        "Each fee is price x quantity x per cent, each funding mark x quantity x rate, and the summary has their sums.",
    ),
)
