"""Rows as tables: flat records, data frames, and HTML for notebooks."""
