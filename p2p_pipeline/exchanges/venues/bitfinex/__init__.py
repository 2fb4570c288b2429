"""Bitfinex spot: socket v2, books P0 F0.

Sources: docs.bitfinex.com; recorded frames of 2021-04; public clients for the checksum.

Traps:
- Data names only its channel's number, which each subscription gets anew: a frame of an unknown number is dropped.
- `conf` must be sent before anything is subscribed, on each connection: without its flags there is neither a number of
  messages (SEQ_ALL, over all channels and heartbeats of the connection) nor a checksum.
- What follows the payload is known by its size and not by its place: a message number, and a time where asked for.
- Count 0 deletes a level, and then the amount's sign only says on which side.
- The checksum is over numbers as JavaScript prints them; `checksum.py` has the rule.
- A ticker's sizes are the sums of 25 levels: its prices are true, its quantities are no depth to trade on.
- UST is USDT; TEST… is paper money, …F0 are derivatives; a pair whose codes are long is written with a colon.
- No contract addresses. Trading has cost nothing since 2025-12, whatever public clients still say.

Not here: which symbol a channel stands for, and what a wrong checksum means (books/); who asks and how often
(connections/, funnel/).
"""
