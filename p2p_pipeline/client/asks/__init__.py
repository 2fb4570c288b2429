"""What can be asked, a function each, named as the operations of the service's document; a test holds them together.

Not here: how a question is carried (client.py, talk.py), what its answer holds (web/api/shapes/).
"""

from p2p_pipeline.client.asks.arbitrage import (
    get_cycles,
    get_exchanges,
    get_matrix,
    get_opportunity,
    list_kept_opportunities,
    list_opportunities,
    list_quarantined_opportunities,
)
from p2p_pipeline.client.asks.markets import ask_question, get_market, list_batches, list_markets, list_questions
from p2p_pipeline.client.asks.now import (
    get_board,
    get_combo,
    get_combo_history,
    get_depth,
    get_quote,
    get_score,
    get_standing,
    list_offers,
)
from p2p_pipeline.client.asks.paper import (
    get_paper_results,
    get_paper_session,
    get_paper_session_status,
    list_paper_events,
    list_paper_sessions,
    start_paper_session,
    stop_paper_session,
    tell_paper_session,
)
from p2p_pipeline.client.asks.past import get_anomalies, get_behaviour, get_history, get_history_chart, get_windows
from p2p_pipeline.client.asks.quality import get_check, get_checks, get_quarantine, get_slots, get_warnings, live, ready

__all__ = [
    "ask_question",
    "get_anomalies",
    "get_behaviour",
    "get_board",
    "get_check",
    "get_checks",
    "get_combo",
    "get_combo_history",
    "get_cycles",
    "get_depth",
    "get_exchanges",
    "get_history",
    "get_history_chart",
    "get_market",
    "get_matrix",
    "get_opportunity",
    "get_paper_results",
    "get_paper_session",
    "get_paper_session_status",
    "get_quarantine",
    "get_quote",
    "get_score",
    "get_slots",
    "get_standing",
    "get_warnings",
    "get_windows",
    "list_batches",
    "list_kept_opportunities",
    "list_markets",
    "list_offers",
    "list_opportunities",
    "list_paper_events",
    "list_paper_sessions",
    "list_quarantined_opportunities",
    "list_questions",
    "live",
    "ready",
    "start_paper_session",
    "stop_paper_session",
    "tell_paper_session",
]
