"""Words every area shares: axes, errors, strict settings, safe files."""
