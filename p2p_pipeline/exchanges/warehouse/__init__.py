"""What PostgreSQL keeps of the exchanges, in a schema of its own: parameters, instruments, accepted signals.

Here: the schema's migrations, loading, what is asked of it. All of it is a copy with a history: without a database the
service runs on. Not here: where PostgreSQL is (postgres/), when something is loaded (actions/).
"""
