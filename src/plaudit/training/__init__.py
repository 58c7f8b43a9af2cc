"""Making judges: the bundled one is trained here."""
