"""What is judged of a paper session. Names and sentences only: what judges them is judges.py."""

from p2p_pipeline.orchestration.asset_property import AssetProperty

PAPER_PROPERTIES = (
    AssetProperty(
        "sessions",
        "log_verified",
        "Every line of the log is whole, numbered, and chained to the one before.",
    ),
    AssetProperty(
        "sessions",
        "replay_equal",
        "The session's own frames give its log again, byte for byte. A session that is itself a replay has none.",
    ),
    AssetProperty("equity", "no_negative_cash", "Equity without open positions is never below 0."),
    AssetProperty(
        "equity",
        "money_conserved",
        "Start + realised - fees + funding is the equity, to the last digit; a trade realised what its prices say.",
    ),
    AssetProperty(
        "trades",
        "fees_and_funding_add_up",
        "Each fee is price x quantity x per cent, each funding mark x quantity x rate, and the summary has their sums.",
    ),
)
