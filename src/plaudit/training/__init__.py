"""Train judges: the loop, calibration, sweeps, LoRA, and the bundled judge."""
