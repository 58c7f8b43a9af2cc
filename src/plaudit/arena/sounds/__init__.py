"""Songs as listeners get them: one format, one loudness."""
