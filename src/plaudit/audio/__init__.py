"""Sound in: decode, resample, cut into segments, and say what is wrong with a file."""
