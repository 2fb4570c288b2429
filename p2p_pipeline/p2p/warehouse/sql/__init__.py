"""The loader's statements, a file a step; each statement is named by the line `-- :name` above it.

Not here: the schema (warehouse/migrations/), what people ask (warehouse/questions/).
"""
