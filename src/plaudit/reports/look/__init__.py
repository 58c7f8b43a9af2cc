"""The look of every page and picture: colours, type, wording, plots."""
