"""What pages say, in English and Russian: English is in the templates and the code, Russian in `ru.po`.

Not here: what commands print (commands/), figures (figures.py).
"""
