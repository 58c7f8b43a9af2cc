"""What a job shows and writes: streams, rows as they come, files that may be replaced, previews."""
