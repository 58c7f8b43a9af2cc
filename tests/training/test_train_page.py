"""docs/train.md says what the code says."""

from pathlib import Path

from plaudit.training.condition import CONDITIONS
from plaudit.training.sweep.execution import IMPROVEMENTS

PAGE = Path(__file__).parents[2] / "docs" / "train.md"


def test_conditions_and_improvements_on_the_page_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert "song-full-uncertainty-2" in CONDITIONS
    for name, keys in IMPROVEMENTS.items():
        row = f"| {name} | {', '.join(f'`{key}`' for key in keys)} |"
        assert row in text, row
