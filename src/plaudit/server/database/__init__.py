"""Songs, jobs, results and keys in SQLite or PostgreSQL; no web framework here."""
