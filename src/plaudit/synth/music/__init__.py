"""From knobs and chance to notes: form, harmony, melody, rhythm, faults of the notes."""
