"""The tables of paper sessions and sweeps: what a log's results, and what was tried, are as rows of the lake.

A session's file of a table lies under the UTC day on which it began, with the session's name: it is replaced whole, and
going back to a log is never needed to read one. Nothing compacts or drops them: a session is a few kilobytes, and
`data/paper` has what they are made from.
Not here: what a log comes to (results/), when tables are made (orchestration/, through actions/).
"""
