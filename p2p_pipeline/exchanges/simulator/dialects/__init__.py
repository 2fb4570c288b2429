"""How each of the fourteen exchanges speaks, written from the wire formats and not from our decoders.

Not here: what the books are (hall.py, path.py), sockets (sockets.py, server.py), what goes wrong (faults.py).

A dialect is `<name>.py` here with one class `<Name>Dialect` (see `dialect.py` for what it offers, `binance.py` for a
whole one); the hall finds it by its file's name. Nothing else has to be changed. What it may rely on:

- `opened`, `heard`, `answer`, `beat` run at one moment: all that a book says then belongs together.
- A topic put into `session.subscriptions` makes the exchange follow its book: `changed` is called for this session at
  each of its changes, in order, without holes. `book` is already the new one; `change.last == book.last`.
- Snapshots: send them out of `heard` (`book.top(depth)`, `book.last`); the next `changed` goes on from there.
- Quantities that are gone come as the instrument's zero (`0.0000`); every change has at least one level, and may hold
  several updates (`first` < `last`) except at Bybit and BingX, which count by one.
- A feed of the first N levels: what falls out of or comes into them is the dialect's to see (keep the last top in
  `session.memory`).
- `session.checksum(value)` before a checksum is sent, so that a wrong one can be asked for.
- Lists of currencies are made of `assets_of(books.all())` (listing.py): quotes are assets too, and where USDT is not in
  the list nobody can say that two exchanges mean the same by BTC/USDT.
- A symbol that is not in `books.all()` is unknown: answer as the exchange does (that is also how the fault "refuse
  subscription" works). Silence, delay, doubling, loss and disconnects are the server's, not yours.
- A dialect whose exchange announces maintenance on the socket also has `maintenance` (protocol `Announces`).
- Where a REST answer names the sockets' address (KuCoin's token), `books.address` has the server's.
- WebSocket ping frames every 20 seconds, HTTP 429 in the exchange's words and 404 are the server's too.

How one is tested, without a socket and with:

    books = SimulatedExchange(YourDialect(), paths, FaultPlan(), now)       # simulator/exchange.py; or
    hall = Hall(ExchangesOptions(exchanges=("yours",), symbols=("BTC/USDT",)), now)
    exchange = hall.exchanges["yours"]
    line, frames = exchange.open("/path?query", now)                       # what a new socket is told
    frames = exchange.heard(line, '{"op":"subscribe",…}', now)              # acks, snapshots
    for line, frames in hall.advance(now + 1): …                           # changes of one simulated second
    exchange.answer("GET", "/api/…", {"symbol": "BTCUSDT"}, b"", now)       # REST

Feed those frames to your decoder and compare with `exchange.books["BTC/USDT"].top()`. Over sockets:

    with running_exchanges(ExchangesOptions(exchanges=("yours",))) as running:
        running.url          # http://127.0.0.1:PORT; sockets at ws://127.0.0.1:PORT/yours/…
        running.hall         # the same hall; take `running.lock` to look at its books

p2p_pipeline_tests/exchanges/simulator/test_binance_dialect.py is the example.
"""
