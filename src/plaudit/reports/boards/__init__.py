"""Boards over time as page, plot and text."""
