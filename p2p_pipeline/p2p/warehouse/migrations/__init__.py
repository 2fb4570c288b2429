"""The schema's history, forwards: Alembic runs the SQL files of sql/, each from its module in versions/."""
