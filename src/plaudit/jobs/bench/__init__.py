"""Judges put to the test: suites, damage, and standings of systems, from files to files."""
