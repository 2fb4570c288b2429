"""Looking after what runs: troubles found, told once, and their end."""
