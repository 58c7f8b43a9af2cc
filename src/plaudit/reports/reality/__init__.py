"""The page, plots and text of judges on clips of ranked systems."""
