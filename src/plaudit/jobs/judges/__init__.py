"""What ``plaudit judges`` does: judges shown, fetched, imported, exported, compared."""
