"""One folder an exchange: its wire format, read and written by pure functions. Bytes in, events out; nothing raises.

Here: decoding frames, subscribe and heartbeat messages, REST requests and what their answers say.
Not here: sockets (connections/), what makes a book believable (books/), which instruments are one thing (identity/).
"""
