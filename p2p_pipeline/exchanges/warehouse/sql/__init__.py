"""The statements of every day, a file a table; each is named by the line `-- :name` above it. Not here: the schema."""
