"""Each kind, measured by something other than itself: it is what its table says, and it grows."""

from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest
from numpy.typing import NDArray
from scipy import signal

from plaudit.audio.damage.gap import MOST_GAPS_PER_S
from plaudit.audio.damage.kinds import DAMAGES, STRENGTHS, damage
from plaudit.audio.loudness import k_weighting

Floats = NDArray[np.float32]

RATE = 22_050


def grades(
    audio: Floats, kind: str, rate: int = RATE, seed: int = 1, variant: str | None = None
) -> list[Floats]:
    return [damage(audio, rate, kind, s, np.random.default_rng(seed), variant) for s in STRENGTHS]


def table(kind: str, name: str) -> list[float]:
    return [record[name] for record in DAMAGES[kind].strengths]


def steady(duration_s: float = 4, rate: int = RATE) -> Floats:
    """Pink-like music without pauses, stereo, at about -20 dB."""
    rng = np.random.default_rng(3)
    white = rng.normal(0, 1, (2, round(duration_s * rate)))
    out = signal.sosfilt(signal.butter(1, [100, 2000], "bandpass", fs=rate, output="sos"), white)
    return np.asarray(0.1 * out / out.std(), dtype=np.float32)


def ramp(duration_s: float = 60, rate: int = 1000 * 8) -> Floats:
    """A recording whose samples say where they were: 0 at the start, 1 at the end."""
    return np.linspace(0, 1, round(duration_s * rate), dtype=np.float32)[None]


def falls(values: list[float]) -> bool:
    return bool((np.diff(values) < 0).all())


@pytest.mark.parametrize("colour", DAMAGES["noise"].variants)
def test_noise_has_its_loudness(colour: str) -> None:
    song = steady(4, 48_000)
    meter = pyloudnorm.Meter(48_000)
    want = table("noise", "snr_lu")
    for out, snr in zip(grades(song, "noise", 48_000, 1, colour), want, strict=True):
        # What is not noise is in proportion to the song, which the noise is not.
        gain = float(np.vdot(out, song) / np.vdot(song, song))
        if snr > 5:  # below it, chance likeness of noise and song moves the gain
            noise = out - np.float32(gain) * song
            gap_lu = meter.integrated_loudness(gain * song.T) - meter.integrated_loudness(noise.T)
            assert gap_lu == pytest.approx(snr, abs=0.7)


@pytest.mark.parametrize(
    ("colour", "slope"), [("white", 0), ("pink", -1), ("brown", -2), ("blue", 1)]
)
def test_noise_has_its_colour(colour: str, slope: float) -> None:
    song = 0.01 * steady(8)
    noise = grades(song, "noise", RATE, 5, colour)[2] - song
    hz, power = signal.welch(noise[0], RATE, nperseg=4096)
    used = (hz > 60) & (hz < 9_000)
    measured_slope = np.polyfit(np.log(hz[used]), np.log(power[used]), 1, w=hz[used] ** -0.5)[0]
    assert measured_slope == pytest.approx(slope, abs=0.12)


def test_noise_grows_in_place() -> None:
    song = 0.1 * steady(2)
    first, *rest = [out - song for out in grades(song, "noise", RATE, 1, "pink")]
    for noise, snr in zip(rest, table("noise", "snr_lu")[1:], strict=True):
        times = 10 ** ((table("noise", "snr_lu")[0] - snr) / 20)
        np.testing.assert_allclose(noise, times * first, atol=1e-5 * times)


def test_weighting_is_that_of_the_standard() -> None:
    # ITU-R BS.1770-4, tables 1 and 2.
    want = [
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241],
        [1.0, -2.0, 1.0, 1, -1.99004745483398],
    ]
    np.testing.assert_allclose(k_weighting(48_000)[:, :5], want, atol=1e-8)
    np.testing.assert_allclose(k_weighting(48_000)[:, 5], [0.73248077421585, 0.99007225036621])


def test_the_share_at_the_rail_is_as_said() -> None:
    song = steady()
    for out, share in zip(
        grades(song, "clipping"), table("clipping", "clipped_share"), strict=True
    ):
        at_rail = np.mean(np.abs(out) >= np.abs(out).max() * (1 - 1e-6))
        assert at_rail == pytest.approx(share, rel=0.05)


def test_pauses_do_not_make_the_rest_clip_harder() -> None:
    song = steady()
    song[:, len(song[0]) // 4 :] = 0
    out = grades(song, "clipping")[3]
    sounding = out[:, : len(song[0]) // 4]
    assert np.mean(np.abs(sounding) >= np.abs(out).max() * (1 - 1e-6)) == pytest.approx(
        table("clipping", "clipped_share")[3], rel=0.05
    )


def edges(audio: Floats, rate: int) -> tuple[float, float]:
    """Outermost frequencies whose power is within 3 dB of the middle of what is left."""
    hz, power = signal.welch(audio[0], rate, nperseg=8192)
    smooth = np.convolve(power, np.full(15, 1 / 15), "same")
    kept = hz[smooth > 0.5 * np.percentile(smooth, 99)]
    return float(kept.min()), float(kept.max())


@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_the_band_ends_where_said(rate: int) -> None:
    rng = np.random.default_rng(0)
    hiss = rng.normal(0, 0.1, (1, 12 * rate)).astype(np.float32)
    for out, record in zip(
        grades(hiss, "band_limit", rate), DAMAGES["band_limit"].strengths, strict=True
    ):
        low, high = edges(out, rate)
        assert high == pytest.approx(
            min(record["high_hz"], record["high_share"] * rate / 2), rel=0.08
        )
        if rate == 8_000:  # where bins are narrow enough
            assert low == pytest.approx(record["low_hz"], rel=0.15)


def log_spectral_distance(first: Floats, other: Floats, rate: int) -> float:
    def spectrum(audio: Floats) -> NDArray[np.float64]:
        power = np.abs(signal.stft(audio[0], rate, nperseg=1024)[2]) ** 2
        return np.asarray(10 * np.log10(np.maximum(power, 1e-9)))

    return float(np.sqrt(np.mean((spectrum(first) - spectrum(other)) ** 2)))


@pytest.mark.parametrize("codec", DAMAGES["low_bit_rate"].variants)
def test_fewer_bits_leave_less(codec: str) -> None:
    song = steady(3, 44_100)
    distances = [
        log_spectral_distance(out, song, 44_100)
        for out in grades(song, "low_bit_rate", 44_100, 1, codec)
    ]
    assert distances[0] > 1
    assert distances[4] > 1.7 * distances[0]
    assert falls([-value for value in distances]), distances


@pytest.mark.parametrize("codec", DAMAGES["low_bit_rate"].variants)
@pytest.mark.parametrize(
    "rate", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000]
)
@pytest.mark.parametrize("strength", [1, 5])
def test_a_codec_gives_the_song_back_in_its_place(codec: str, rate: int, strength: int) -> None:
    song = steady(0.6, rate)
    song[:, : len(song[0]) // 3] *= 0.01  # an edge, to be seen at its place
    out = damage(song, rate, "low_bit_rate", strength, np.random.default_rng(0), codec)
    for before, after in zip(song, out, strict=True):
        likeness = signal.correlate(after, before, "full", method="fft")
        lag = int(np.argmax(likeness)) - (len(before) - 1)
        assert abs(lag) <= rate / 1000


@pytest.mark.parametrize("codec", DAMAGES["low_bit_rate"].variants)
def test_a_codec_keeps_start_and_end(codec: str) -> None:
    time = np.arange(30_000) / 44_100
    tones = [np.sin(2 * np.pi * hz * time + hz) for hz in (130.0, 220.0, 345.0, 610.0)]
    song = (0.1 * np.sum(tones, axis=0)).astype(np.float32)[None]
    out = damage(song, 44_100, "low_bit_rate", 1, np.random.default_rng(0), codec)
    for part in (slice(0, 3_000), slice(-3_000, None)):
        assert np.corrcoef(out[0, part], song[0, part])[0, 1] > 0.9


def test_gaps_take_more_and_more() -> None:
    song = np.full((1, 60 * 8_000), 0.5, dtype=np.float32)
    silent = [out[0] == 0 for out in grades(song, "drop_outs", 8_000)]
    for record, gone, more in zip(
        DAMAGES["drop_outs"].strengths, silent, [*silent[1:], silent[-1]], strict=True
    ):
        expected = record["gaps_per_s"] * record["gap_ms"] / 1000
        assert gone.mean() == pytest.approx(expected, rel=0.3, abs=0.002)
        starts = int(np.sum(np.diff(gone.astype(int)) == 1))
        assert starts == pytest.approx(60 * record["gaps_per_s"], rel=0.1)
        assert (more | ~gone).all(), "a gap of a strength is a gap of the next"
    assert max(table("drop_outs", "gaps_per_s")) <= MOST_GAPS_PER_S
    assert falls([-float(gone.mean()) for gone in silent])


def jumps(audio: Floats) -> NDArray[np.bool_]:
    """Where a ramp is not where it should be by more than a fade of 5 ms."""
    n = audio.shape[1]
    return np.asarray(np.abs(audio[0] - np.linspace(0, 1, n)) > 1.5 * 40 / n)


def test_pieces_change_places_more_and_more() -> None:
    song = ramp()
    moved = [jumps(out) for out in grades(song, "shuffled_pieces", 8_000)]
    for share, away, more in zip(
        table("shuffled_pieces", "moved_share"), moved, [*moved[1:], moved[-1]], strict=True
    ):
        assert away.mean() == pytest.approx(share, abs=0.02)
        assert np.mean(away & ~more) < 0.002
    # Nothing is lost: the worst is a permutation, but for its fades.
    worst = np.sort(grades(song, "shuffled_pieces", 8_000)[4][0])
    assert np.abs(worst - song[0]).max() < 0.005


def test_seams_between_pieces_grow_in_like_steps() -> None:
    # Of 2,400 half-seconds: what one hears is where two pieces meet that were not neighbours.
    rng = np.random.default_rng(2)
    song = ramp(1200, 100)
    seams = []
    for share in table("shuffled_pieces", "moved_share"):
        out = DAMAGES["shuffled_pieces"].apply(song, 100, rng, moved_share=share)[0]
        piece = np.rint(out.reshape(-1, 50)[:, 25] * 2400 - 0.5)
        seams.append(float(np.mean(np.diff(piece) != 1)))
        assert seams[-1] == pytest.approx(1 - (1 - share) ** 2, abs=0.03)
    assert all(0.07 < more - less < 0.28 for less, more in pairwise([0.0, *seams]))


def test_loops_take_more_and_more() -> None:
    song = ramp()
    away = [jumps(out) for out in grades(song, "repeated_loops", 8_000)]
    for share, looped, more in zip(
        table("repeated_loops", "looped_share"), away, [*away[1:], away[-1]], strict=True
    ):
        assert looped.mean() == pytest.approx(share, abs=0.02)
        assert np.mean(looped & ~more) < 0.002
    # What is heard instead was heard shortly before.
    out = grades(song, "repeated_loops", 8_000)[4][0]
    behind_s = (np.linspace(0, 1, len(out)) - out) * 60
    assert behind_s.min() > -0.011
    assert behind_s.max() < 4


def track_cents(audio: NDArray[np.float32], hz: float, rate: int) -> NDArray[np.float64]:
    phase = np.unwrap(np.angle(signal.hilbert(audio.astype(np.float64))))
    speed = np.diff(phase) * rate / (2 * np.pi)
    smooth = signal.sosfiltfilt(signal.butter(2, 40, fs=rate, output="sos"), speed)
    middle = smooth[rate // 2 : -rate // 2]
    return np.asarray(1200 * np.log2(middle / hz))


@pytest.mark.parametrize("seed", range(4))
def test_pitch_sways_as_far_as_said(seed: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(8 * RATE) / RATE)
    song = np.stack([tone, np.roll(tone, 5)]).astype(np.float32)
    tracks = []
    for out, record in zip(
        grades(song, "detuning_wobble", RATE, seed),
        DAMAGES["detuning_wobble"].strengths,
        strict=True,
    ):
        left, right = (track_cents(row, 1000, RATE) for row in out)
        np.testing.assert_allclose(left, right, atol=1.0)
        most = record["wow_cents"] + record["flutter_cents"]
        assert 0.6 * most < np.abs(left).max() < 1.15 * most
        assert abs(left.mean()) < 0.25 * most
        tracks.append(left)
    for weaker, stronger in pairwise(tracks):
        assert np.corrcoef(weaker, stronger)[0, 1] > 0.97
        assert stronger.std() > 1.5 * weaker.std()


def test_wobble_is_clean_and_stays_in_time() -> None:
    n = 4 * RATE
    tone = (0.5 * np.sin(2 * np.pi * 5000 * np.arange(n) / RATE)).astype(np.float32)[None]
    out = grades(tone, "detuning_wobble")[0]
    power = np.abs(np.fft.rfft(out[0] * np.hanning(n))) ** 2
    hz = np.fft.rfftfreq(n, 1 / RATE)
    far = (hz < 4700) | (hz > 5300)
    assert 10 * np.log10(power[far].sum() / power.sum()) < -60
    clicks = np.zeros((1, n), np.float32)
    places = np.arange(RATE // 4, n - RATE // 4, RATE // 4)
    clicks[0, places] = 1
    worst = grades(clicks, "detuning_wobble")[4][0]
    for place in places:
        near = worst[place - RATE // 10 : place + RATE // 10]
        assert abs(int(np.argmax(near)) - RATE // 10) < 0.06 * RATE


def test_partials_smear_and_turn_into_a_robot() -> None:
    n = 4 * RATE
    tone = (0.3 * np.sin(2 * np.pi * 700 * np.arange(n) / RATE)).astype(np.float32)[None]
    hz = np.fft.rfftfreq(n, 1 / RATE)
    own, robot = [], []
    for out in grades(tone, "vocoder_smear"):
        power = np.abs(np.fft.rfft(out[0] * np.hanning(n))) ** 2
        own.append(float(power[np.abs(hz - 700) < 5].sum() / power.sum()))
        frame_rate = RATE / round(0.0464 * RATE / 4)
        off = np.abs(hz / frame_rate - np.round(hz / frame_rate)) * frame_rate
        robot.append(float(power[off < 2].sum() / power.sum()))
    assert falls(own), own
    assert own[0] > 0.8
    assert own[4] < 0.1
    assert robot[0] < 0.1
    assert robot[4] > 0.4


def test_attacks_dissolve() -> None:
    # A click a half second: the share of the sound in its first 5 ms.
    n = 4 * RATE
    clicks = np.zeros((1, n), np.float32)
    clicks[0, RATE // 4 :: RATE // 2] = 0.9
    shares = []
    for out in grades(clicks, "vocoder_smear"):
        power = out[0] ** 2
        near = np.convolve(clicks[0] > 0, np.ones(RATE // 100), "same") > 0
        shares.append(float(power[near].sum() / power.sum()))
    assert falls(shares), shares


def kicks(duration_s: float = 8) -> Floats:
    """A pad that is loud for half the time and soft for half, with a kick a half second."""
    time = np.arange(round(duration_s * RATE)) / RATE
    pad = 0.3 * np.sin(2 * np.pi * 440 * time) * np.where(time % 4 < 2, 1, 0.2)
    kick = 0.6 * np.exp(-((time % 0.5) * 18)) * np.sin(2 * np.pi * 60 * (time % 0.5))
    return np.stack([pad + kick, pad]).astype(np.float32)


def test_compression_flattens_and_pumps() -> None:
    song = kicks()
    right = song[1]
    time = np.arange(len(right)) / RATE
    # Between kicks the loud passage against the soft one; and the pad's dip under a kick.
    loud = (time % 4 < 2) & (time % 0.5 > 0.35)
    soft = (time % 4 > 2) & (time % 0.5 > 0.35)
    under = (time % 4 < 2) & (time % 0.5 > 0.02) & (time % 0.5 < 0.08)
    gap, dip = [], []
    for out in grades(song, "over_compression"):
        rms = [float(20 * np.log10(out[1][part].std())) for part in (loud, soft, under)]
        gap.append(rms[0] - rms[1])
        dip.append(rms[0] - rms[2])
    crest = [
        20 * np.log10(np.abs(out).max() / out.std()) for out in grades(song, "over_compression")
    ]
    assert falls(gap), gap
    assert gap[4] < 3
    assert falls([-value for value in dip[:4]]), dip
    assert dip[4] > 8
    # At the worst the pumping brings some of the peaks back.
    assert falls(crest[:3]), crest
    assert max(crest) < 20 * np.log10(np.abs(song).max() / song.std()) - 1.5
