"""How far judges agree: as text, and as a page with the songs on which they differ."""
