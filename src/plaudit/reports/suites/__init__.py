"""Results of suites as page and text."""
