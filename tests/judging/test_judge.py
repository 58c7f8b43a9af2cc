"""A judge scores files, arrays and lists; company and order never change a number."""

import copy
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from own_judge import own_judge
from plaudit.audio.errors import NotAudioError, SilentError, TooShortError
from plaudit.core.axes import AESTHETICS, AXES
from plaudit.core.errors import InputError, MissingFileError
from plaudit.judging.judge import Judge
from plaudit.judging.record import SongFailure, SongScores
from plaudit.synth.song import make_song


@pytest.fixture(scope="module")
def bundled() -> Judge:
    return own_judge()


@pytest.fixture(scope="module")
def tiny(quick_apex: Path) -> Judge:
    return own_judge(quick_apex)


def numbers(row: SongScores | SongFailure) -> list[float]:
    assert isinstance(row, SongScores)
    assert row.timeline is not None
    spans = [value for span in row.timeline for value in span.scores.values()]
    return [score.value for score in row.scores.values()] + spans


@pytest.fixture
def broken(tmp_path: Path) -> list[Path]:
    (tmp_path / "text.mp3").write_text("this is a letter, not a song\n" * 50)
    (tmp_path / "empty.wav").write_bytes(b"")
    return [tmp_path / "text.mp3", tmp_path / "missing.flac", tmp_path / "empty.wav"]


@pytest.mark.parametrize("name", ["bundled", "tiny"])
def test_company_and_order_change_nothing(
    name: str,
    songs: Path,
    broken: list[Path],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge: Judge = request.getfixturevalue(name)
    files = sorted(songs.glob("*.wav"))[:2]
    alone = [numbers(judge.score(file)) for file in files]
    mixed = [broken[0], files[0], broken[1], files[1], broken[2]]
    rows = judge.score(mixed)
    assert [row.status for row in rows] == ["error", "ok", "error", "ok", "error"]
    assert [numbers(row) for row in rows[1::2]] == alone
    monkeypatch.setattr(Judge, "_readers", 3)
    assert [numbers(row) for row in judge.stream(files[::-1])] == alone[::-1]
    kinds = [row.error.type for row in rows if isinstance(row, SongFailure)]
    assert kinds == ["NotAudioError", "MissingFileError", "EmptyAudioError"]


def test_a_row_says_what_was_heard(bundled: Judge, long_song: Path) -> None:
    row = bundled.score(long_song)
    assert list(row.scores) == [axis.name for axis in AXES]
    assert row.duration_s == pytest.approx(33.0, abs=0.01)
    assert row.timeline is not None
    assert [(round(s.start_s, 2), round(s.end_s, 2)) for s in row.timeline] == [(0, 30), (3, 33)]
    for axis in AXES:
        score = row[axis.name]
        assert score.low is not None
        assert score.high is not None
        assert axis.low <= score.low <= score.value <= score.high <= axis.high
    assert row.judge == bundled.id
    assert row.path == str(long_song)
    assert len(row.sha256) == 64


def test_wav_flac_and_array_are_one_song_and_mp3_nearly(
    bundled: Judge, songs: Path, tmp_path: Path
) -> None:
    sound, rate = soundfile.read(songs / "a.wav", dtype="float32", always_2d=True)
    soundfile.write(tmp_path / "a.flac", sound, rate, subtype="PCM_16")
    as_wav = bundled.score(songs / "a.wav")
    assert numbers(as_wav) == numbers(bundled.score(tmp_path / "a.flac"))
    assert numbers(as_wav) == numbers(bundled.score(sound.T, rate))
    with av.open(str(tmp_path / "a.mp3"), "w") as file:
        stream = file.add_stream("libmp3lame", rate=rate, layout="stereo")
        stream.bit_rate = 256_000
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T), "fltp", "stereo")
        frame.rate = rate
        file.mux([*stream.encode(frame), *stream.encode(None)])
    as_mp3 = bundled.score(tmp_path / "a.mp3")
    for axis in AESTHETICS:
        assert as_mp3[axis].value == pytest.approx(as_wav[axis].value, abs=0.05)


def test_a_single_bad_song_raises_its_named_error(bundled: Judge, broken: list[Path]) -> None:
    with pytest.raises(NotAudioError, match=r"text\.mp3"):
        bundled.score(broken[0])
    with pytest.raises(MissingFileError, match=r"missing\.flac"):
        bundled.score(str(broken[1]))
    with pytest.raises(TooShortError, match="at least 1 s"):
        bundled.score(np.zeros(4000), 24_000)


def test_arguments_are_checked(bundled: Judge, songs: Path) -> None:
    with pytest.raises(InputError, match="needs its rate"):
        bundled.score(np.zeros(48_000))  # type: ignore[call-overload]  # the point of the test
    with pytest.raises(InputError, match="leave out sample_rate"):
        bundled.score(songs / "a.wav", 44_100)  # type: ignore[call-overload]  # likewise


def test_what_is_not_music_scores_below_music(bundled: Judge, songs: Path) -> None:
    rng = np.random.default_rng(0)
    t = np.arange(20 * 44_100) / 44_100
    sounds = {
        "silence": np.zeros_like(t),
        "noise": rng.normal(0, 0.1, len(t)),
        "tone": 0.3 * np.sin(2 * np.pi * 440 * t),
    }

    def mean(row: SongScores) -> float:
        return float(np.mean([row[axis].value for axis in AESTHETICS]))

    flawless = mean(bundled.score(songs / "a.wav"))
    for name, sound in sounds.items():
        assert mean(bundled.score(sound, 44_100)) < min(2.0, flawless - 0.5), name
    assert "silent" in [note.type for note in bundled.score(sounds["silence"], 44_100).warnings]


def test_a_judge_that_never_learned_silence_refuses_it(tiny: Judge) -> None:
    with pytest.raises(SilentError, match="was not trained on silence"):
        tiny.score(np.zeros(48_000), 24_000)


def test_known_rows_are_not_judged_again(bundled: Judge, songs: Path, tmp_path: Path) -> None:
    row = bundled.score(songs / "a.wav")
    marked = row.model_copy(update={"duration_s": 1.25})
    shutil.copy(songs / "a.wav", tmp_path / "moved.wav")
    rows = list(
        bundled.stream(
            [tmp_path / "moved.wav", songs / "b.wav"],
            known=lambda sha256: marked if sha256 == row.sha256 else None,
        )
    )
    assert isinstance(rows[0], SongScores)
    assert isinstance(rows[1], SongScores)
    assert (rows[0].duration_s, rows[0].path) == (1.25, str(tmp_path / "moved.wav"))
    assert rows[1].duration_s == pytest.approx(10, abs=0.01)


def test_a_generator_is_read_only_a_little_ahead(
    bundled: Judge, songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Judge, "_readers", 2)
    requested = []

    def many() -> object:
        for number in range(100):
            requested.append(number)
            yield songs / "a.wav"

    stream = bundled.stream(many())  # type: ignore[arg-type]  # an iterable of paths
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator: stops its readers
    assert len(requested) <= 4


def test_tail_and_pooling_change_scores(tiny: Judge, songs: Path) -> None:
    """Settings of a judge are read: the short tail dropped, or weighed by its seconds."""
    judge, song = tiny, songs / "a.wav"
    published = judge.score(song)
    recipe = judge.card.recipe
    values = {published["streams"].value}
    for change in (
        {"segment": recipe.segment.model_copy(update={"tail": "drop", "min_tail_s": 2.5})},
        {"segment": recipe.segment.model_copy(update={"length_s": 4.0})},
        {"pooling": "duration"},
        {"pooling": "music"},
        {"level": "segment"},
    ):
        card = judge.card.model_copy(update={"recipe": recipe.model_copy(update=change)})
        network = copy.copy(judge._network)
        network.level = card.recipe.level
        row = Judge(card, network, judge._encoder).score(song)
        assert row.judge.hash != published.judge.hash
        values.add(row["streams"].value)
    # Duration and music agree here: a second of tail, all of it music.
    assert len(values) >= 5


def test_a_judge_says_when_a_song_is_unlike_what_it_learned_from(
    bundled: Judge, long_song: Path
) -> None:
    rng = np.random.default_rng(2)
    noise = bundled.score(rng.normal(0, 0.1, 10 * 44_100), 44_100)
    assert [note.type for note in noise.warnings] == ["unfamiliar"]
    assert "guesses" in noise.warnings[0].message
    assert "Most unusual are" in noise.warnings[0].message
    assert bundled.score(long_song).warnings == ()


def test_the_bundled_judge_hears_planted_faults(bundled: Judge) -> None:
    """New songs, each once flawless and once with one knob at its worst."""
    right = []
    for seed in (101, 102):
        clean = make_song(seed, 12.0)
        clean_row = bundled.score(clean.audio, clean.sample_rate)
        for axis in AESTHETICS:
            faulty = make_song(seed, 12.0, {axis: 0.0})
            row = bundled.score(faulty.audio, faulty.sample_rate)
            right.append(row[axis].value < clean_row[axis].value)
    assert np.mean(right) >= 0.75


def test_every_stage_has_a_door_and_they_make_the_same_row(bundled: Judge, songs: Path) -> None:
    path = songs / "a.wav"
    segments = list(bundled.segments(path))
    encoded = bundled.encode(path)
    assert [s.start_s for s in encoded.segments] == [s.start_s for s in segments]
    assert encoded.layer_means.shape[0] == len(segments)
    assert bundled.score_encoded(encoded) == bundled.score(path)
    whole, parts = bundled.embed(encoded), bundled.embed(path, by_segment=True)
    assert whole.shape == (encoded.layer_means.shape[2],)
    assert parts.shape == (len(segments), *whole.shape)
    samples, rate = soundfile.read(path)
    np.testing.assert_array_equal(bundled.embed(samples.T, rate), whole)
    with pytest.raises(InputError, match="needs its rate"):
        bundled.embed(samples.T)
    with pytest.raises(InputError, match="knows its own sample rate"):
        bundled.encode(path, 44_100)
