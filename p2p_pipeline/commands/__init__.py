"""What `p2p …` prints, a module a command; catalogue.py lists them and cli.py imports one when it runs.

Here: arguments, output for a person, JSON for a program, exit codes.
Not here: what is asked (p2p/answers/), what is done (p2p/actions/), pictures (p2p/plots/).
"""
