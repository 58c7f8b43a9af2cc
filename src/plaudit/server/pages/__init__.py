"""Pages on which people drop, hear, compare, rank and collect songs; they look like the report."""
