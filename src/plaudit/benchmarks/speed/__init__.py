"""The time that a judge takes, beside the published procedure and the limit of the machine."""
