"""Ten known kinds of damage to a recording, each at five strengths."""
