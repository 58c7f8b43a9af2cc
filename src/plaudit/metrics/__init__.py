"""Measures in plain NumPy: errors, correlations, agreement of raters, bootstrap intervals."""
