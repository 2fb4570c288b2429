"""The schema's history, forwards. Not here: statements that run every day (warehouse/sql/)."""
