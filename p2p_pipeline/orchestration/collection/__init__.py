"""The 30-second collection: a sensor that does the work in its tick, and the assets it reports."""
