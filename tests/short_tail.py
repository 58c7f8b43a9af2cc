"""Songs as judges of fixed windows give them: the last window is what is left, however short."""

from plaudit.core.axes import AXIS
from plaudit.judging.record import SongScores, Span


def with_tail(row: SongScores) -> SongScores:
    """Return a song with a last window of 1.5 s, which some judges give the worst scores."""
    assert row.timeline
    end = row.timeline[-1].end_s
    worst = {axis: AXIS[axis].low for axis in row.scores}
    tail = Span(start_s=end, end_s=end + 1.5, scores=worst)
    return row.model_copy(
        update={"timeline": (*row.timeline, tail), "duration_s": row.duration_s + 1.5}
    )
