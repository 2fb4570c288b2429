"""What an amount costs in one book: the best single offer, the best split, depth.

Pure: sheets of offers in, quotes out. Not here: time (history/, timing/), two markets at once (combos/).
"""
