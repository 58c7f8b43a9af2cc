"""Damage a recording in one of ten known ways, at one of five documented strengths.

A judge of music should rate a song lower the more it is damaged, and testing this needs no
listener: it is known what was done to the song and how much. ``DAMAGES`` is the catalogue.

Conventions, kept by every kind:

- a kind is a function ``(audio, sample_rate, rng, **parameters)``, and its docstring describes only
  its own parameters; ``sample_rate`` is in Hz, and some kinds draw nothing from ``rng``;
- audio is ``(n_channels, n_samples)`` float32, full scale 1.0; the input is not changed;
- the output is a new array of the shape of the input, and stays in time with it where the kind is
  not about time;
- the same generator state gives the same output, and another strength takes the same draws: the
  weaker damage is a part of the stronger one, at the same places;
- what a function returns may exceed full scale; `damage` turns it down as a whole, so that its peak
  exceeds neither full scale nor the input's own peak, whichever is higher;
- loudness stays about what it was (each file says how), so that a judge has to hear the damage, not
  the level;
- a recording of digital silence comes back as it is; in the pauses of a recording that sounds there
  may be noise (at the level of the whole), and what a codec, a filter or a vocoder leaves behind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plaudit.audio.damage.band import limit_band
from plaudit.audio.damage.clipping import clip
from plaudit.audio.damage.codec import CODECS, code
from plaudit.audio.damage.compressor import compress
from plaudit.audio.damage.gap import cut_gaps
from plaudit.audio.damage.noise import COLOURS, add_noise
from plaudit.audio.damage.splice import repeat_loops, shuffle_pieces
from plaudit.audio.damage.vocoder import smear
from plaudit.audio.damage.wobble import wobble
from plaudit.audio.errors import (
    ArrayError,
    ChannelError,
    EmptyAudioError,
    NonFiniteError,
    SampleRateError,
)
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest

Floats = NDArray[np.float32]

STRENGTHS: tuple[int, ...] = (1, 2, 3, 4, 5)
"""1 can just be heard when listening for it; 5 sounds broken to anybody."""


@dataclass(frozen=True)
class Damage:
    """One kind of damage and its five strengths."""

    name: str  #: Key of ``DAMAGES``.
    meaning: str  #: How it sounds.
    #: Meaning and unit of each parameter of ``strengths``, in the order of the columns.
    units: Mapping[str, str]
    #: Parameters at strength 1 to 5, under the names of ``units``.
    strengths: tuple[Mapping[str, float], ...]
    #: ``apply(audio, sample_rate, rng, **parameters)``, and ``variant=`` where there are variants;
    #: for strengths between the five.
    apply: Callable[..., Floats]
    #: Forms the kind takes, drawn evenly unless a variant is given; mostly none.
    variants: tuple[str, ...] = ()


def _kind(
    name: str,
    meaning: str,
    apply: Callable[..., Floats],
    units: Mapping[str, str],
    *columns: tuple[float, ...],
    variants: tuple[str, ...] = (),
) -> Damage:
    """Return a kind; each column is a parameter, in the order of ``units``, at strength 1 to 5."""
    rows = zip(*columns, strict=True)
    strengths = tuple(dict(zip(units, row, strict=True)) for row in rows)
    return Damage(name, meaning, units, strengths, apply, variants)


_KINDS = (
    _kind(
        "noise",
        "hiss, rumble or a harsh rustle lies over the music",
        add_noise,
        {"snr_lu": "loudness of the music over that of the noise, LU"},
        (36.0, 28.0, 20.0, 11.0, 2.0),
        variants=COLOURS,
    ),
    _kind(
        "clipping",
        "loud places crackle and fray, up to a wall of distortion",
        clip,
        {"clipped_share": "share of the samples that sound which rest at the rail"},
        (0.003, 0.015, 0.06, 0.2, 0.5),
    ),
    _kind(
        "band_limit",
        "dull, then thin: as through a small radio, a telephone, a wall",
        limit_band,
        {
            "high_hz": "upper edge of what is left, Hz",
            "high_share": "the same at most, as a share of the recording's own band",
            "low_hz": "lower edge of what is left, Hz",
        },
        (10_000.0, 7_000.0, 4_500.0, 2_600.0, 1_300.0),
        (0.85, 0.7, 0.55, 0.42, 0.3),
        (30.0, 60.0, 120.0, 250.0, 450.0),
    ),
    _kind(
        "low_bit_rate",
        "swirling treble, smeared attacks, then the sound of a bad call",
        code,
        {
            f"{codec}_kbps": f"bit rate of {name} for a stereo pair, kbit/s"
            for codec, name in zip(CODECS, ("MP3", "Opus", "AAC-LC"), strict=True)
        },
        (96.0, 64.0, 40.0, 24.0, 8.0),
        (48.0, 32.0, 10.0, 8.0, 6.0),
        (112.0, 72.0, 40.0, 24.0, 12.0),
        variants=CODECS,
    ),
    _kind(
        "drop_outs",
        "the sound is gone for moments, as on a bad line or a creased tape",
        cut_gaps,
        {
            "gaps_per_s": "how many gaps, 1/s (one at least)",
            "gap_ms": "mean length of a gap, ms; each lasts 0.6 to 1.4 of it",
        },
        (0.15, 0.5, 1.1, 2.0, 3.2),
        (20.0, 35.0, 60.0, 95.0, 150.0),
    ),
    _kind(
        "shuffled_pieces",
        "the music jumps: half-seconds of it have changed places",
        shuffle_pieces,
        # What is heard are the seams: where a share s has moved, 1 - (1 - s)^2 of the borders are
        # seams, .10, .28, .51, .75 and all.
        {"moved_share": "share of the pieces that are somewhere else (two at least)"},
        (0.05, 0.15, 0.3, 0.5, 1.0),
    ),
    _kind(
        "repeated_loops",
        "the music hangs and repeats a moment, as a record with a scratch",
        repeat_loops,
        {"looped_share": "share of the time that is taken by loops"},
        (0.05, 0.15, 0.3, 0.55, 0.85),
    ),
    _kind(
        "detuning_wobble",
        "pitch sways and trembles, as on a worn tape or a warped record",
        wobble,
        {
            "wow_cents": "largest slow deviation (0.4 to 1.5 Hz), cents",
            "flutter_cents": "largest fast deviation (4 to 9 Hz), cents",
        },
        (10.0, 24.0, 50.0, 95.0, 170.0),
        (4.0, 8.0, 16.0, 32.0, 60.0),
    ),
    _kind(
        "vocoder_smear",
        "phasy and metallic, attacks dissolve, voices turn into robots",
        smear,
        {
            "phase_degrees": "largest error of the phase of a partial, degrees",
            "smear_ms": "time for which a partial lingers, ms",
            "robot_share": "share of the sound that is put on one monotonous pitch",
        },
        (40.0, 75.0, 110.0, 145.0, 180.0),
        (8.0, 20.0, 45.0, 90.0, 160.0),
        (0.0, 0.1, 0.25, 0.45, 0.7),
    ),
    _kind(
        "over_compression",
        "flat and breathless; the level pumps with every beat",
        compress,
        {
            "threshold_db": "where it sets in, dB over the level of the whole recording",
            "ratio": "dB in for a dB out above it",
            "release_db_per_s": "how fast the level comes back, dB/s",
            "bass_db": "how much more than the rest the bass drives it, dB",
            "ceiling_db": "where a limiter holds the peaks, dB over the mean level",
        },
        (0.0, -4.0, -9.0, -16.0, -30.0),
        (1.7, 2.5, 4.0, 8.0, 40.0),
        (50.0, 60.0, 70.0, 80.0, 90.0),
        (0.0, 4.0, 8.0, 12.0, 18.0),
        (12.5, 11.5, 10.5, 9.5, 7.5),
    ),
)

DAMAGES: dict[str, Damage] = {kind.name: kind for kind in _KINDS}
"""The ten kinds by name."""


def damage(
    audio: NDArray[Any],
    sample_rate: int,
    kind: str,
    strength: int,
    rng: np.random.Generator,
    variant: str | None = None,
) -> Floats:
    """Return a damaged copy of a recording.

    Parameters
    ----------
    audio : ndarray
        (n_channels, n_samples) of floats, full scale 1.0; 1 to 8 channels.
    sample_rate : int
        Hz, 4,000 to 384,000.
    kind : str
        A key of ``DAMAGES``.
    strength : int
        1 to 5, 5 the worst.
    rng : numpy.random.Generator
        Decides where and how; a generator of the same seed gives the same at every strength.
    variant : str, optional
        One of the kind's variants, such as a colour of noise; drawn from ``rng`` if not given.

    Returns
    -------
    ndarray
        (n_channels, n_samples) float32, a new array.

    Raises
    ------
    InputError
        There is no such kind, strength or variant, or the audio is not a song in this form.

    Examples
    --------
    >>> tone = 0.5 * np.sin(np.arange(44_100) / 20)[None]
    >>> damage(tone, 44_100, "noise", 5, np.random.default_rng(1), variant="pink").shape
    (1, 44100)
    """
    entry = _lookup(kind, strength, variant)
    checked = _check(audio, sample_rate)
    options: dict[str, Any] = dict(entry.strengths[strength - 1])
    if entry.variants:
        # Drawn in any case, so that naming the variant that would be drawn changes nothing.
        drawn = entry.variants[int(rng.integers(len(entry.variants)))]
        options["variant"] = drawn if variant is None else variant
    allowed = max(1.0, _peak(checked))
    damaged = entry.apply(checked, int(sample_rate), rng, **options)
    peak = _peak(damaged)
    if peak > allowed:
        damaged *= np.float32(allowed / peak * (1 - 1e-6))
    return damaged


def _lookup(kind: str, strength: int, variant: str | None) -> Damage:
    if kind not in DAMAGES:
        raise InputError(f"There is no damage '{kind}'; {nearest(kind, DAMAGES)}")
    whole = isinstance(strength, int | np.integer) and not isinstance(strength, bool)
    if not whole or strength not in STRENGTHS:
        raise InputError(f"Expected a strength of damage from 1 to 5, got {strength!r}.")
    entry = DAMAGES[kind]
    if variant is not None and variant not in entry.variants:
        hint = nearest(variant, entry.variants) if entry.variants else "it has none."
        raise InputError(f"There is no variant '{variant}' of {kind}; {hint}")
    return entry


def _check(audio: NDArray[Any], sample_rate: int) -> Floats:
    """Return the audio as float32 once it is known to be a song."""
    from plaudit.audio.decode import MAX_CHANNELS, MAX_RATE, MIN_RATE

    rate_is_whole = isinstance(sample_rate, int | np.integer) and not isinstance(sample_rate, bool)
    if not rate_is_whole or not MIN_RATE <= sample_rate <= MAX_RATE:
        raise SampleRateError(
            f"Expected a sample rate as a whole number from {MIN_RATE} to {MAX_RATE} Hz, got "
            f"{sample_rate!r}; pass the rate the samples were made at."
        )
    if not isinstance(audio, np.ndarray) or audio.dtype.kind != "f":
        got = audio.dtype if isinstance(audio, np.ndarray) else type(audio).__name__
        raise ArrayError(
            f"Expected a NumPy array of float32 samples with full scale at 1.0, got {got}; "
            "convert it first."
        )
    if audio.ndim != 2:
        raise ArrayError(
            f"Expected audio of shape (n_channels, n_samples), got {audio.shape}; for one "
            "channel pass audio[None]."
        )
    if audio.size == 0:
        raise EmptyAudioError(f"Expected a song to damage, but {audio.shape} holds no samples.")
    if len(audio) > MAX_CHANNELS:
        raise ChannelError(
            f"Expected at most {MAX_CHANNELS} channels in (n_channels, n_samples), got "
            f"{audio.shape}; transpose it or mix it down first."
        )
    song = np.asarray(audio, dtype=np.float32)
    if not np.isfinite(_peak(song)):
        raise NonFiniteError("Expected finite samples, got NaN or infinity; repair the song first.")
    return song


def _peak(audio: Floats) -> float:
    """Return the largest magnitude without a copy of the song; nan where a sample is nan."""
    return float(np.maximum(audio.max(), -audio.min()))
