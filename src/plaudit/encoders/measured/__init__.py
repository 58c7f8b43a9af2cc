"""The bundled encoder: what it measures of a segment, and how it is scaled."""
