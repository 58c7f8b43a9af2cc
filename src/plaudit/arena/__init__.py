"""Blind battles and listening tests: people, tasks, votes, and what follows from them; no web."""
