"""Measures in plain NumPy, predicted values first, observed second; bootstrap intervals."""
