"""Limits of clips: of each length its own, and none below that of what is longer."""

import numpy as np

from plaudit.model.card import Familiarity
from plaudit.training.bundled.familiarity_fit import with_clips


def test_a_limit_is_what_the_coverage_of_its_length_lies_within() -> None:
    known = Familiarity(limit=1.0, coverage=0.9, explanation="Of songs.")
    rows = np.arange(101.0)
    clips = {5.0: 1 + rows / 100, 10.0: 1 + rows / 50, 20.0: rows / 1000}
    found = with_clips(known, clips)
    # A length whose clips happen to lie near has the limit of the next longer one.
    assert [round(limit, 6) for _, limit in found.short] == [2.8, 2.8, 1.0, 1.0]
    assert [seconds for seconds, _ in found.short] == [5.0, 10.0, 20.0, 30.0]
    assert found.explanation == "Of songs. Limits of short clips: on clips of 101 of them."
    assert found.limit == known.limit
