"""Standings and boards over time as pages, plots and text."""
