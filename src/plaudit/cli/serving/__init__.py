"""A server: started, backed up, restored."""
