"""The PostgreSQL warehouse: what every sweep saw, as a star schema that people and tools query.

Here: the schema's migrations, its partitions and roles, the loader, the views, questions/ in SQL, subworkers/.
Not here: where the server is (postgres/), asking venues (capture/sweeps/), reading their answers (venues/, offers/),
judging the data (quality/).
"""
