"""The judges that others published, each a procedure of its own behind one promise."""
