"""Simulated people: raters, listeners who vote, and platforms where songs are played."""
