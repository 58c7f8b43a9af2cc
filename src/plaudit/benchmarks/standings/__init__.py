"""Ratings of systems from votes, and boards over time."""
