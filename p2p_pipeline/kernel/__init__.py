"""What every part stands on and no part owns.

Here: the data folder's layout, the settings file as text, errors told to people, numbers as text, the clock, spans of a
trace, what a table is, files and their torn ends, the resampling of rows that lean on each other. Not here: words of a
trade (offer, venue, book), any table by name.
"""
