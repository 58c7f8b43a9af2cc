"""Published networks, each with the tensors of its authors under their names."""
