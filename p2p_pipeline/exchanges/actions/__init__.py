"""What the service does beside its scans: each may fail, wait or be away, and no frame and no scan waits for it.

Not here: what is decided (scan/, warehouse/), when (service/).
"""
