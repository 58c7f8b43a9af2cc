"""The store of embeddings on disk: its files, reading, writing and merging."""
