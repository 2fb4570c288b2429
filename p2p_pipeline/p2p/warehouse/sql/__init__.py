"""The loader's statements, a file a step; each statement is named by the line `-- :name` above it."""
