"""A corpus of composed songs: its plan, files, tables and datasheet."""
