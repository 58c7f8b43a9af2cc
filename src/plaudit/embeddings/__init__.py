"""Embeddings extracted once: jobs that resume, the store on disk, and loading it whole."""
