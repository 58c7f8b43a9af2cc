"""Judges put to the test: evaluation on labelled songs, and damage."""
