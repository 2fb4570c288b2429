"""HTX (Huobi), spot.

Sources: HTX's API documentation; real gzip frames of 2021, real deltas and a snapshot of 2020.

- Every frame is gzip in a binary message. How far one may unfold is bounded.
- Numbers are bare, some with exponents (9.121E-7): they are read as text.
- Deltas (`mbp.150`) live on another path (/feed) than everything else (/ws): a connection serves one of the two, so
  deltas and other feeds are never asked for on the same one.
- A delta's snapshot is asked for over the same socket; where no buffered delta follows on it, it is asked for again.
- In a delta, a side without change is missing.
- The server pings every five seconds and wants its number back.
- The currency list has no contracts: identity comes from an explicit map only.

Not here: sockets (connections/), whether a book may be believed (books/).
"""
