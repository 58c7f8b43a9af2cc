"""Judges on clips of systems whose ranking is known, beside loudness and length as baselines."""
