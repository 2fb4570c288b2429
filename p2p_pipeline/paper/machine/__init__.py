"""The rules: one queue, and machines that take an event and say what follows. No clock, socket, randomness or disk.

session.py takes an event; queue.py orders them; the rest is one rule a file. Everything a session knows is in state.py.
Not here: what a frame says (wire/), how lines are written (log/), where events come from (live/, replay/, columns/).
"""
