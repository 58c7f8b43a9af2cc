"""The command line: one file per noun; each reads its options and calls one job."""
