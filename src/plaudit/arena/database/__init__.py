"""People, tasks, votes and songs of a test in SQLite or PostgreSQL."""
