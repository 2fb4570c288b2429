"""BingX spot, by its docs-v3 bundle of 2025-10, its api-ai-skills of 2026-04 and recorded frames of 2024 and 2025.

Traps. Every frame is gzip in a binary message. Asks come worst first, in the socket and by REST, against its own words.
In `bookTicker` A and B are sizes, in `ticker` they are prices and a and b the sizes. It pings in two ways: an object
with `ping` and `time`, which both go back, or the text `Ping`. Frames of `incrDepth` may come out of order; no client
that we read uses it, so `depth20` is what we watch. One topic a request. REST wants `timestamp` even unsigned.

Not here: sorting (books/ do), gzip of files (frames/).
"""
