"""Steps from one form of a test's database to the next, in order."""
