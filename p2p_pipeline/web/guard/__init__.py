"""Who may ask, from where, how often, and what a browser is allowed to do with the answer.

Not here: what is answered (api/, pages/).
"""
