"""A listener's way through a test: enter, hear, answer, see what was behind the songs."""
