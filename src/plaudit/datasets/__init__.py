"""One reader file per corpus, the common shape of their rows, manifests and splits."""
