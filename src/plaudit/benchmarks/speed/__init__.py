"""How quick a judge is here, beside the published procedure and beside what the machine can do."""
