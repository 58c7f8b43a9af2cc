"""Independent measurement of what was composed."""
