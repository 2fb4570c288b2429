"""People's offers, from a venue's bytes to an answer.

In the order of the data: venues/ (requests and readings), raw/ (bytes on disk), capture/ (asking politely), offers/,
metrics/, warehouse/, steps/ (tables written), quality/ (properties judged), actions/ (what is done), answers/ (what is
asked), plots/. `markets.py` has its words, `settings.py` its configuration, `tables.py` its tables.
Not here: order books of exchanges and paper sessions (their own rooms), Dagster, what a terminal prints.
"""
