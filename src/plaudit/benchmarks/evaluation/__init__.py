"""A judge measured on labelled songs, beside baselines."""
