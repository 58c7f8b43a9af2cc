"""Adapt an encoder to songs before the heads are trained on it."""
