"""Files of votes read into arrays."""
