"""An evaluation as page, plots and text."""
