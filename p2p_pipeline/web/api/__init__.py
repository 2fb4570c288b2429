"""What programs ask over HTTP, one file a noun, under `/api/v1`.

Not here: how an answer is found (p2p/answers/), what a page shows (pages/).
"""
