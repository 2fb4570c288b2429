"""The PostgreSQL warehouse: what every sweep saw, as a star schema that people and tools query.

Here: where the server is, the schema's migrations, its partitions and roles, the loader, the views for questions.
Not here: asking venues (capture/sweeps/), reading their answers (venues/, offers/), judging the data (quality/).
"""
