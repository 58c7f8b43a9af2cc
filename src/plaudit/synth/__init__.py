"""The proving ground: composed songs with known truth, and simulated listeners."""
