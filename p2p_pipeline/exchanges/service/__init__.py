"""The service: watches, scans on a grid of time, keeps the lives of what it finds, publishes a board.

Here: the grid, what runs when, health, lives, the one place where all rooms of the exchanges come together.
Not here: any decision about a book (books/), an edge (scan/), a subscription (funnel/, connections/).
"""
