"""MEXC, spot.

Sources: MEXC's API documentation and its list of protobuf messages; two real binary frames of 2026.

- Market data is protobuf in binary frames, all else JSON in text frames. The messages are declared here by their field
  numbers (`messages.py`): what is not declared is skipped, as MEXC adds fields.
- Envelopes without any body occur and mean nothing. One side of a change may be absent.
- A refused subscription looks like an accepted one but for its words: code 0, and "Not Subscribed successfully!".
- 30 subscriptions a connection; it ends after 30 seconds without one and after a minute without data.
- Precision fields say other things than their names: `baseSizePrecision` is the least quantity, `quoteAmountPrecision`
  the least notional. What the API may trade is less than what it shows.
- The currency list needs a key.

Not here: sockets (connections/), whether a book may be believed (books/).
"""
