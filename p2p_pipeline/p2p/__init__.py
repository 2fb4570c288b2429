"""People's offers, from a venue's bytes to an answer.

In the order of the data: venues/ (requests and readings), raw/ (bytes on disk), capture/ (asking politely), offers/
(rows), metrics/ (numbers), warehouse/ (the star schema), steps/ (tables written), quality/ (properties judged),
actions/ (what is done), answers/ (what is asked), plots/; simulator/ is the venues again. `markets.py` has the words,
`settings.py` the configuration, `tables.py` the tables.
Not here: order books of exchanges and paper sessions (their own rooms), Dagster (orchestration/), what a terminal
prints (commands/).
"""
