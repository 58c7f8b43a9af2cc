"""Training runs and sweeps as pictures and text."""
