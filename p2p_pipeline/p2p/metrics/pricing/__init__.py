"""What an amount costs in one book: the best single offer, the best split, depth, the spread.

Here: books ready to be priced, the search for the best split, why an amount can't be placed, a day's rows.
Not here: time (history/, timing/), two markets at once (combos/).
"""
