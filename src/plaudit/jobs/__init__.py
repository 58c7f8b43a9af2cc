"""What a command does, from files to files: one file a command."""
