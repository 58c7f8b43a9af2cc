"""A listening test as its file states it: kind, contestants, listening, people."""
