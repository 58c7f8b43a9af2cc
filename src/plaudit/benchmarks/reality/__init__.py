"""Judges on clips of systems whose ranking is known, beside what loudness and length tell."""
