"""One reader per corpus, and the catalogue of them."""
