"""A session on real time: sockets, REST answers and the clock become events, lines of the log are made durable.

Here: which topics on which connection, bootstrap, lost candles asked for again, the order of arrival, the board.
Not here: any rule (machine/), processes and their folders (sessions/), one socket (exchanges/connections).
"""
