"""Songs and corpora composed, from settings to files."""
