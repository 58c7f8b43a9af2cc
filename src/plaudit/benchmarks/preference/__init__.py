"""The study of preference: whether aesthetic scores predict votes."""
