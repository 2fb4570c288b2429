"""Turn captures into one clean table of offers.

Here: payment-method names, the offers schema, snapshots from captures, the quarantine.
Not here: wire formats (venues/), prices of amounts (metrics/), files (lake/).
"""
