"""What `p2p …` does, a module a command. `cli.py` lists them; each prints for a person, or JSON for a program.

Here: arguments, output, exit codes.
Not here: the work itself, which every command calls from the other folders.
"""
