"""A look at a corpus: contents, fingerprints, near-duplicates."""
