"""What only the network of the bundled judge has."""
