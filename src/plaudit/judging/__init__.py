"""Judges at work: load one, score songs, and the records that come out."""
