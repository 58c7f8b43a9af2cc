"""Judges on clips of systems whose ranking is known: does the better system come first?"""
