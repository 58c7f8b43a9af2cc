"""Boards of listening tests as pages, plots and text."""
