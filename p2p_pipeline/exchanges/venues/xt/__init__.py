"""XT, spot.

Sources: XT's API documentation. No real frame of XT has been seen: its status says so wherever it is shown.

- Deltas carry no time: their age is when we received them.
- No stream of best prices; the bulk request has them, null where there is none.
- Everything of REST lies in an envelope whose `rc` is not 0 for an error, whatever HTTP says.
- Filters of an instrument may be null: then the decimals count.
- It closes a connection that sent no ping for a minute. Compression of the socket is asked for by its header.
- What an unsubscription was answered can't be told from a subscription but by its id: ours begin with `u`.

Not here: sockets (connections/), whether a book may be believed (books/).
"""
