"""Which commands there are, in the order of `p2p --help`, without importing any of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListedCommand:
    """A command's place: `attribute` of `commands/<module>.py`, a function or a typer app, and its line of help."""

    module: str
    attribute: str
    help: str


COMMANDS = {
    "now": ListedCommand("now", "now", "Price an amount in the newest snapshot, or the newest at or before a time."),
    "depth": ListedCommand(
        "depth", "depth", "Show the newest book by price, best first, as stated: what an amount costs is `p2p now`."
    ),
    "combo": ListedCommand(
        "combo",
        "combo",
        "Change one fiat into another over every configured route, each leg at its best split; best route first.",
    ),
    "score": ListedCommand(
        "score",
        "score",
        "Score what an amount can be expected to cost in the newest snapshot: in money, 0 to 100, and why.",
    ),
    "board": ListedCommand(
        "board", "board", "Show for each market and side what an amount costs now and whether the data is sound."
    ),
    "windows": ListedCommand(
        "windows", "windows", "Say which hours are reliably better than a random time, or that none is."
    ),
    "anomalies": ListedCommand(
        "anomalies", "anomalies", "Say whether now is unusual, and what was in a range of days."
    ),
    "history": ListedCommand(
        "history",
        "history",
        "Show a price over time: the last 7 days there are, or between two days, both included, or two times.",
    ),
    "behaviour": ListedCommand(
        "behaviour", "behaviour", "Tell how the offers of a market behave, from its processed days."
    ),
    "stream": ListedCommand(
        "stream",
        "stream",
        "Watch order books of exchanges and scan them for arbitrage every five seconds, until Ctrl-C.",
    ),
    "arbitrage": ListedCommand(
        "arbitrage",
        "app",
        "What could be earned between order books after all costs: the newest scan, or books in a file.",
    ),
    "paper": ListedCommand(
        "paper",
        "app",
        "Paper sessions on Bybit perpetuals: make a recording's session again, verify and show its log.",
    ),
    "sql": ListedCommand("sql", "sql", "Ask the lake in SQL; nothing can be changed by it."),
    "serve": ListedCommand("serve", "serve", "Serve the dashboard and the API, on this machine only, until Ctrl-C."),
    "up": ListedCommand(
        "up", "up", "Start collecting, the dashboard, Dagster's UI and the live board; Ctrl-C stops all of it."
    ),
    "collect": ListedCommand("collect", "collect", "Collect every configured market side once a slot, until Ctrl-C."),
    "sweep": ListedCommand(
        "sweep", "sweep", "Ask for every market of the venue once, keep every byte, and load it into the warehouse."
    ),
    "import": ListedCommand(
        "import_recordings",
        "import_recordings",
        "Bring recorded responses into the raw store; what is there already is left alone.",
    ),
    "import-series": ListedCommand(
        "import_series",
        "import_series",
        "Bring a price series into the history of a market; what is there already is left alone.",
    ),
    "process": ListedCommand(
        "process", "process", "Compute the tables from the raw store. Without days: all that are stored."
    ),
    "summarize": ListedCommand(
        "summarize",
        "summarize",
        "Make the tables over the whole history: advice and its proof, behaviour, how well deal scores predict.",
    ),
    "backfill": ListedCommand(
        "backfill", "backfill", "Compute days from the raw store through Dagster, one run a day; its UI shows each."
    ),
    "raw": ListedCommand("raw", "app", "The raw store: show a capture's bytes, sizes, verify, repack, prune."),
    "warehouse": ListedCommand(
        "warehouse", "app", "The PostgreSQL warehouse: status, ask, migrate, verify, rebuild, url, stop."
    ),
    "exchanges": ListedCommand(
        "exchanges",
        "app",
        "Order books of exchanges: import and replay recorded frames, list what each can do.",
    ),
    "metrics": ListedCommand("metrics", "app", "How the program is, in Prometheus' words: serve it, or print it once."),
    "simulate": ListedCommand(
        "simulate", "app", "Simulated venues: serve them on loopback, or write days of their history."
    ),
    "settings": ListedCommand(
        "settings",
        "settings",
        "Print settings.yaml with every default and what it means, to start your own from.",
    ),
    "doctor": ListedCommand(
        "doctor", "doctor", "Look at everything and say what is wrong; exit code 1 when something is."
    ),
}
