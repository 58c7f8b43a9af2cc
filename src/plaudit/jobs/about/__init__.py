"""Plaudit itself: its settings, its state on this machine, how it is cited."""
