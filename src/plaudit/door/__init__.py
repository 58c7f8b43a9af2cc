"""What the commands do, as functions that return the records: the public door of the package."""
