"""Many training runs compared: conditions, improvements, searches."""
