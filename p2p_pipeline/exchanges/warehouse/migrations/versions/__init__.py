"""One module a step of the schema, in order. Not here: the SQL (migrations/sql/)."""
