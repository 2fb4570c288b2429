"""The one PostgreSQL, named or embedded.

Here: where it is, starting the one that comes as a wheel, connections, its errors as sentences. Not here: a schema or a
query (p2p/warehouse/ has both).
"""
