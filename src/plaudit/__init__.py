"""Plaudit: the judge for AI-generated music."""

__version__ = "0.1.0"
