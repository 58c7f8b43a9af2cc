"""Scored songs: the HTML report, tables, cards, comparisons and rankings."""
