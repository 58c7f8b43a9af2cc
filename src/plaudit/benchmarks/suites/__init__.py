"""Published benchmarks and robustness tests, their contestants and results."""
