"""Commands of a listening test, one file a command or few."""
