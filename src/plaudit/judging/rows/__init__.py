"""Rows as tables: flat records, data frames, and what a notebook shows."""
