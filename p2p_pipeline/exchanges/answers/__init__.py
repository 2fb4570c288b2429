"""What is asked of the newest board, as pure functions of it: pages, API, sockets and `p2p arbitrage` say the same.

Not here: where the board comes from (hot_store/), how a figure or a word is written (web/, commands/).
"""
