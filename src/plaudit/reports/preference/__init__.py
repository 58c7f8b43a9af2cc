"""A study of preference as page, plots and text."""
