"""From layer means to scores: layer mix, pooling, heads, and the files they live in."""
