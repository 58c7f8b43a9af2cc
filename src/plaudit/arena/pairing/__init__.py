"""Which songs the next task has: policies, blocks, planted checks."""
