"""The schema's history, forwards: Alembic runs the SQL files of sql/, each from its module in versions/.

Not here: statements that run every day (warehouse/sql/), when migrations run (warehouse/migrate.py).
"""
