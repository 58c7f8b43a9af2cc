"""Judges that others published: brought from the hub or from files, and at work."""
