"""What the commands of a listening test do, from files to files."""
