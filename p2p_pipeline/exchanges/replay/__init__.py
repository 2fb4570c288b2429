"""Frames of another time told to the same books as live, under the clock of the frames.

Here: the replay of recordings and of the frames folder, and what came of it by exchange and symbol.
Not here: reading frames (frames/), what they make of books (books/).
"""
