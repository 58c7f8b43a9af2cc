"""Scores and other features of songs, from files or from audio."""
