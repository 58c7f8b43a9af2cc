"""From notes to sound: instruments, singer, mixing, faults of the sound."""
