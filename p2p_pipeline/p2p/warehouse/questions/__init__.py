"""Twenty questions people ask of the warehouse, a file of SQL each, and what lists and runs them.

Here: SQL whose header says what it answers, its parameters, and which index or pruning keeps it fast.
Not here: what is worked out ahead for them (warehouse/views.py, migrations/), and commands that print answers.
"""
