"""``plaudit embed``: songs embedded into a store, and stores merged, imported and exported."""
