"""What is asked: from settings to a value and its JSON.

Here: now, combo, score, board, history, windows, anomalies, behaviour, the warehouse, health. Commands, pages and bots
print them.
Not here: anything that writes a table (steps/, actions/), words of a terminal (commands/), pictures (plots/).
"""
