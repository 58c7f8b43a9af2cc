"""Extraction: which songs, by which encoder, in which processes."""
