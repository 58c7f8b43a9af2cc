"""The score: a whole, deterministic piece of music whose knobs do what they say and no more."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError
from plaudit.synth.music.compose import compose
from plaudit.synth.music.form import layout
from plaudit.synth.music.harmony import MODES, chord, voicing
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.music.notation import METRES, Note, Score, SungNote
from plaudit.synth.music.style import STYLES


def written(seed: int, duration_s: float = 30.0, **more: object) -> Score:
    return compose(np.random.default_rng(seed), duration_s, **more)  # type: ignore[arg-type]  # keywords vary by test


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    duration_s=st.floats(10, 240),
    knob=st.floats(0, 1),
    style=st.sampled_from(sorted(STYLES)),
)
def test_every_score_is_whole(seed: int, duration_s: float, knob: float, style: str) -> None:
    score = written(seed, duration_s, knobs=dict.fromkeys(AESTHETICS, knob), style=style)
    assert score.style == style
    assert score.metre.name == STYLES[style].metre
    assert [s.start_bar for s in score.sections] == np.cumsum(
        [0] + [s.bars for s in score.sections[:-1]]
    ).tolist()
    assert 0 <= score.sections[0].start_s < score.sections[-1].end_s < duration_s
    assert np.all(np.diff(score.tempo.seconds) > 0)
    names = {part.name for part in score.parts}
    assert {note.part for note in score.notes} == names
    notes: list[Note | SungNote] = [*score.notes, *score.sung]
    for note in notes:
        assert 0 <= note.onset_s < duration_s
        assert 0 < note.duration_s < 20
        assert 0 < note.velocity <= 1
        assert 20 < note.pitch < 110
    assert len(score.sung) > 0
    assert {note.phrase for note in score.sung} == set(range(len(score.phrases)))


@given(seed=st.integers(0, 2**32 - 1), n_bars=st.integers(4, 200))
def test_sections_fill_the_song(seed: int, n_bars: int) -> None:
    sections = layout(np.random.default_rng(seed), n_bars)
    assert sum(bars for _, bars in sections) == n_bars
    assert min(bars for _, bars in sections) >= 1


def test_long_songs_have_a_form_that_returns() -> None:
    names = [section.name for section in written(1, 170, style="pop").sections]
    assert names.count("chorus") >= 2
    assert names.count("verse") >= 2
    assert "bridge" in names


def test_same_seed_same_score_and_other_seed_another() -> None:
    assert written(3) == written(3)
    assert written(3) != written(4)


def test_tempo_stays_near_the_styles_range() -> None:
    for seed in range(30):
        score = written(seed, 45)
        low, high = STYLES[score.style].bpm
        assert low * 0.94 < score.bpm < high * 1.06


def test_clean_song_is_in_key_on_the_grid_and_ends_at_home() -> None:
    for seed in range(10):
        score = written(seed)
        scale = {(score.tonic + s) % 12 for s in MODES[score.mode]} | {(score.tonic + 11) % 12}
        pitches = [n.pitch for n in score.notes if not n.part.startswith("drums")]
        pitches += [n.pitch for n in score.sung]
        assert all(pitch % 12 in scale for pitch in pitches)
        assert score.chords[-1].root == score.tonic
        assert all(section.tonic == score.tonic for section in score.sections)
        spacing = np.diff(score.tempo.seconds[:-1])
        assert spacing[: -score.metre.beats] == pytest.approx(60 / score.bpm)


def test_tempo_is_free_and_the_last_chord_takes_what_is_left() -> None:
    tempi = set()
    for seed in range(20):
        score = compose(np.random.default_rng(seed), 30, style="pop")
        spacing = np.diff(score.tempo.seconds[:-1])
        held = spacing[-score.metre.beats :]
        assert held == pytest.approx(held[0])
        assert 1 - 1e-9 <= held[0] * score.bpm / 60 < 2
        assert score.sections[-1].end_s == pytest.approx(30 - 1.3)
        tempi.add(round(score.bpm))
    assert len(tempi) > 10
    assert min(tempi) >= STYLES["pop"].bpm[0] - 1
    assert max(tempi) <= STYLES["pop"].bpm[1] + 1


def test_chorus_returns_note_for_note_with_the_same_words() -> None:
    score = written(2, 60, style="pop")
    beats = score.metre.beats
    lines = [
        [
            (n.onset_beat - s.start_bar * beats, n.pitch, n.vowel, n.consonant)
            for n in score.sung
            if s.start_bar <= n.onset_beat // beats < s.start_bar + s.bars
        ]
        for s in score.sections
        if s.name == "chorus"
    ]
    assert len(lines) >= 2
    assert lines[0] == lines[1] != []


def test_singer_breathes_before_phrases() -> None:
    score = written(5, 40)
    assert np.mean([phrase.breath_s > 0.15 for phrase in score.phrases]) > 0.6
    for before, after in zip(score.phrases[:-1], score.phrases[1:], strict=True):
        assert before.end_s <= after.start_s - after.breath_s + 1e-6


def test_naturalness_leaves_the_band_alone() -> None:
    assert written(6).notes == written(6, knobs={"naturalness": 0.0}).notes


def test_memorability_leaves_drums_bass_and_chords_alone() -> None:
    clean, dull = written(7), written(7, knobs={"memorability": 0.0})
    assert [n for n in clean.notes if n.part != "lead"] == [
        n for n in dull.notes if n.part != "lead"
    ]
    assert clean.sung != dull.sung


def test_coherence_leaves_form_and_rhythm_alone() -> None:
    clean, torn = written(8), written(8, knobs={"coherence": 0.0})
    assert [(s.name, s.bars) for s in clean.sections] == [(s.name, s.bars) for s in torn.sections]
    assert [n.onset_beat for n in clean.sung] == [n.onset_beat for n in torn.sung]


def test_musicality_keeps_number_of_notes_and_their_beats() -> None:
    clean, wrong = written(9), written(9, knobs={"musicality": 0.0})
    assert sorted(n.onset_beat for n in clean.notes) == sorted(n.onset_beat for n in wrong.notes)
    assert clean.notes != wrong.notes


@pytest.mark.parametrize("name", [f.name for f in FAULTS if f.where == "notes"])
def test_every_fault_of_the_notes_changes_the_score(name: str) -> None:
    clean, faulty = written(10), written(10, doses={name: 1.0})
    assert (clean.notes, clean.sung) != (faulty.notes, faulty.sung)


def test_wrong_notes_of_a_small_dose_are_among_those_of_a_large_one() -> None:
    clean, some, many = (written(11, doses={"wrong_notes": d}) for d in (0.0, 0.3, 0.9))
    few = {k for k, (a, b) in enumerate(zip(clean.sung, some.sung, strict=True)) if a != b}
    most = {k for k, (a, b) in enumerate(zip(clean.sung, many.sung, strict=True)) if a != b}
    assert few < most


@pytest.mark.parametrize("duration_s", [9.9, 240.1, float("nan")])
def test_length_outside_the_range_is_refused(duration_s: float) -> None:
    with pytest.raises(InputError, match="10 to 240 s"):
        written(1, duration_s)


def test_unknown_words_name_the_nearest_known() -> None:
    with pytest.raises(InputError, match="did you mean 'bossa'"):
        written(1, style="bosa")
    with pytest.raises(InputError, match="did you mean 'clarity'"):
        written(1, knobs={"clarty": 1.0})
    with pytest.raises(InputError, match="did you mean 'glitch'"):
        written(1, doses={"glitsch": 1.0})
    with pytest.raises(InputError, match="0 to 1"):
        written(1, knobs={"clarity": 1.5})
    with pytest.raises(InputError, match="0 to 1"):
        written(1, doses={"glitch": -0.1})


def test_chords_are_what_theory_says() -> None:
    assert set(chord(1, 0, "major", sevenths=False, span=(0, 4)).pitch_classes) == {0, 4, 7}
    assert set(chord(5, 9, "minor", sevenths=False, span=(0, 4)).pitch_classes) == {4, 8, 11}
    assert set(chord(2, 0, "major", sevenths=True, span=(0, 4)).pitch_classes) == {2, 5, 9, 0}
    assert voicing((7, 11, 2), 53) == [55, 59, 62]


def test_metres_and_styles_cover_what_is_promised() -> None:
    assert {style.metre for style in STYLES.values()} == set(METRES)
    assert len(STYLES) >= 6
