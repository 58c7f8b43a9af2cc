"""A composed corpus: contact sheet, plots, portraits."""
