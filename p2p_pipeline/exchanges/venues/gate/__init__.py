"""Gate spot, by its announcement 45317 of 2025-05-30, the gatews and gateapi clients, and a recording of 2021-04.

Traps. `spot.obu` begins with `full` and may send it again: it replaces the book. It names its topic
(`ob.BTC_USDT.400`), not its pair. Levels of it that are not listed stay silent; subscribing twice is refused. A slow
reader is closed. Best prices of everything (REST) have no sizes, so their quantity reads 0. `time` of a request is
asked for, but judged only where requests are signed. The older `spot.order_book_update` starts from a REST snapshot.

Not here: which of both a book is made of (connections/), when a delta fits (books/).
"""
