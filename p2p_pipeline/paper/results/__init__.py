"""What a session's log comes to: trades, equity, drawdown, costs, by symbol and hour, under each fill model. Pure.

Not here: the log's own soundness (log/), pictures (web/), tables of the lake (orchestration/ asks actions/).
"""
