"""Sessions that are killed."""
