"""The band: in range, in key, led by step, louder where the song is, the same when it returns."""

from collections import defaultdict

import numpy as np
import pytest

from plaudit.synth.music.compose import compose
from plaudit.synth.music.harmony import MODES
from plaudit.synth.music.notation import Score
from plaudit.synth.music.style import STYLES


def written(seed: int, style: str, duration_s: float = 45.0) -> Score:
    return compose(np.random.default_rng(seed), duration_s, style=style)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_band_plays_in_key_and_in_range(style: str) -> None:
    ranges = {"bass": (26, 60), "chords": (36, 84), "pad": (52, 96), "lead": (60, 92)}
    for seed in range(4):
        score = written(seed, style, 30.0)
        scale = {(score.tonic + s) % 12 for s in MODES[score.mode]} | {(score.tonic + 11) % 12}
        for note in score.notes:
            if note.part != "drums":
                low, high = ranges[note.part]
                assert low <= note.pitch <= high, (note.part, note.pitch)
                assert note.pitch % 12 in scale
        end = score.sections[-1].end_s
        assert all(note.onset_s < end for note in score.notes)


@pytest.mark.parametrize("style", ["pop", "waltz", "celtic"])
def test_returning_choruses_return(style: str) -> None:
    score = written(2, style, 80.0)
    choruses = [s for s in score.sections if s.name == "chorus"]
    beats = score.metre.beats
    assert len(choruses) >= 2

    def music(start_bar: int, bars: int, part: str) -> list[tuple[float, float]]:
        first, last = start_bar * beats, (start_bar + bars - 1) * beats
        return sorted(
            (round(n.onset_beat - first, 4), n.pitch)
            for n in score.notes
            if n.part == part and first <= n.onset_beat < last
        )

    for part in ("chords", "bass"):
        played = [music(s.start_bar, s.bars, part) for s in choruses]
        assert played[0] == played[1] != []


def test_bass_approaches_the_next_root_by_step() -> None:
    near = []
    for seed in range(8):
        score = written(seed, "jazz_waltz")
        bars: dict[int, list[float]] = defaultdict(list)
        for note in score.notes:
            if note.part == "bass":
                bars[int(note.onset_beat // 3)].append(note.pitch)
        for bar, pitches in bars.items():
            if bar + 1 in bars and len(pitches) >= 2 and bars[bar + 1][0] != pitches[0]:
                near.append(abs(pitches[-1] - bars[bar + 1][0]) <= 2)
    assert np.mean(near) > 0.9


def test_velocities_are_human_and_follow_the_form() -> None:
    score = written(3, "pop", 60.0)
    hats = [n.velocity for n in score.notes if n.part == "drums" and n.pitch == 42]
    assert len({round(v, 3) for v in hats}) > 0.5 * len(hats)
    means: dict[str, float] = {}
    for section in score.sections:
        own = [n.velocity for n in score.notes if section.start_s <= n.onset_s < section.end_s]
        means.setdefault(section.name, float(np.mean(own)))
    assert means["chorus"] > means["verse"] > 0


def test_a_band_that_is_tight_plays_evenly() -> None:
    def unevenness(style: str) -> float:
        kicks = defaultdict(list)
        score = written(3, style, 60.0)
        for n in score.notes:
            if n.part == "bass":
                kicks[(n.onset_beat % 4, int(n.onset_beat // 16))].append(n.velocity)
        return float(np.mean([np.std(v) / np.mean(v) for v in kicks.values() if len(v) > 2]))

    assert unevenness("techno") < unevenness("lofi")


def test_lead_answers_where_the_singer_rests() -> None:
    score = written(4, "blues", 60.0)
    sung = [(n.onset_s, n.onset_s + n.duration_s) for n in score.sung]
    verses = [s for s in score.sections if s.name == "verse"]
    answers = [
        n
        for n in score.notes
        if n.part == "lead" and any(s.start_s <= n.onset_s < s.end_s for s in verses)
    ]
    assert answers
    clear = [not any(a + 0.02 < n.onset_s < b - 0.05 for a, b in sung) for n in answers]
    assert np.mean(clear) > 0.8


def test_songs_end_together_on_the_tonic() -> None:
    for seed in range(6):
        score = written(seed, "rock", 40.0)
        last = max(n.onset_beat for n in score.notes if n.part == "bass")
        closing = [n for n in score.notes if n.onset_beat == last and n.part != "drums"]
        assert {n.part for n in closing} >= {"bass", "chords"}
        assert min(n.pitch for n in closing) % 12 == score.tonic
