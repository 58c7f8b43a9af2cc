"""Traces of generators in the sound: of codecs, upsamplers and vocoders.

An artefact belongs to a system and is the same however well a song is made: it identifies the
system and does not depend on the song's knobs. All of them work on stereo sound at 44,100 Hz,
``(2, n)``, before the record is mastered.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.signal import fftconvolve

from plaudit.synth.music.notation import Array

_RATE = 44_100
_SIZE, _HOP = 2048, 1024


@dataclass(frozen=True)
class Artefact:
    """One trace; ``apply(audio, strength, rng)`` leaves it, with a strength in (0, 1]."""

    meaning: str
    apply: Callable[[Array, float, np.random.Generator], Array]


def _band_edge(audio: Array, strength: float, rng: np.random.Generator) -> Array:  # noqa: ARG001 one signature for all
    """Nothing above 16 kHz (a model at 32 kHz) down to 9 kHz (a telephone-like codec)."""
    edge_hz = 16_000 - 7_000 * strength
    return _filtered(audio, lambda hz: 1 / (1 + (hz / edge_hz) ** 24))


def _tilt(audio: Array, strength: float, rng: np.random.Generator) -> Array:  # noqa: ARG001 one signature for all
    """Treble falls by up to 2.5 dB an octave above 400 Hz: a blanket over the loudspeaker."""
    return _filtered(audio, lambda hz: np.maximum(hz / 400, 1.0) ** (-0.415 * strength))


def _glare(audio: Array, strength: float, rng: np.random.Generator) -> Array:  # noqa: ARG001 one signature for all
    """A broad peak of up to 8 dB at 3.2 kHz."""
    gain = 10 ** (8 * strength / 20) - 1
    return _filtered(audio, lambda hz: 1 + gain * np.exp(-3 * np.log2((hz + 1) / 3200) ** 2))


def _comb(audio: Array, strength: float, rng: np.random.Generator) -> Array:
    """One early copy of everything, 4 to 9 ms late: a pipe around the band."""
    late_s = rng.uniform(0.004, 0.009)
    return _filtered(audio, lambda hz: 1 + 0.6 * strength * np.exp(-2j * np.pi * hz * late_s))


def _whine(audio: Array, strength: float, rng: np.random.Generator) -> Array:
    """Steady faint tones at the frame rates of an upsampler, louder where the music is."""
    n = audio.shape[1]
    t = np.arange(n, dtype=np.float32) / np.float32(_RATE)
    tones = np.zeros(n, np.float32)
    for number, hertz in enumerate((2756.25, 5512.5, 8268.75, 11_025.0)):
        turn = rng.uniform(0, 2 * np.pi)
        tones += np.sin(np.float32(2 * np.pi * hertz) * t + np.float32(turn)) / (1 + number)
    level = float(np.sqrt(np.mean(np.square(audio)))) * 10 ** ((-44 + 14 * strength) / 20)
    return np.asarray(audio + np.float32(level) * tones)


def _hiss(audio: Array, strength: float, rng: np.random.Generator) -> Array:
    """A floor of white noise, 58 to 38 dB below the music."""
    level = float(np.sqrt(np.mean(np.square(audio)))) * 10 ** ((-58 + 20 * strength) / 20)
    return audio + np.float32(level) * rng.standard_normal(audio.shape, dtype=np.float32)


def _narrow(audio: Array, strength: float, rng: np.random.Generator) -> Array:  # noqa: ARG001 one signature for all
    """The sides move towards the middle, to mono at full strength."""
    middle = audio.mean(axis=0, keepdims=True)
    return np.asarray(middle + (audio - middle) * np.float32(1 - strength))


def _shimmer(audio: Array, strength: float, rng: np.random.Generator) -> Array:
    """Phases above 3 kHz become random from frame to frame: glassy treble, as from codec tokens."""

    def glass(frames: np.ndarray) -> None:
        high = slice(round(3000 * _SIZE / _RATE), None)
        shape = frames[:, :, high].shape[1:]
        turns = rng.uniform(-np.pi, np.pi, shape).astype(np.float32) * np.float32(strength)
        frames[:, :, high] *= np.exp(1j * turns)

    return _short_time(audio, glass)


def _birdies(audio: Array, strength: float, rng: np.random.Generator) -> Array:  # noqa: ARG001 one signature for all
    """Weak bins above 1.5 kHz vanish from frame to frame: chirps around cymbals and breath."""

    def sparse(frames: np.ndarray) -> None:
        high = frames[:, :, round(1500 * _SIZE / _RATE) :]
        size = np.abs(high).max(axis=0)
        floor = 0.03 * strength * size.max(axis=1, keepdims=True)
        high *= np.where(size < floor, np.float32(1 - strength), np.float32(1.0))

    return _short_time(audio, sparse)


def _smear(audio: Array, strength: float, rng: np.random.Generator) -> Array:
    """A diffuse echo of some 60 ms blurs every attack."""
    t = np.arange(int(0.06 * _RATE)) / _RATE
    cloud = rng.standard_normal((2, len(t))) * np.exp(-t / 0.018)
    cloud /= np.sqrt(np.sum(cloud**2, axis=1, keepdims=True))
    wet = fftconvolve(audio, cloud.astype(np.float32), axes=1)[:, : audio.shape[1]]
    return np.asarray(audio + np.float32(0.7 * strength) * wet, np.float32)


ARTEFACTS: dict[str, Artefact] = {
    "band_edge": Artefact("nothing above 16 kHz, at full strength above 9 kHz", _band_edge),
    "tilt": Artefact("treble falls by up to 2.5 dB an octave", _tilt),
    "glare": Artefact("a peak of up to 8 dB around 3.2 kHz", _glare),
    "comb": Artefact("a copy of everything 4 to 9 ms late", _comb),
    "whine": Artefact("faint steady tones of an upsampler, -44 to -30 dB", _whine),
    "hiss": Artefact("white noise 58 to 38 dB below the music", _hiss),
    "narrow": Artefact("sides pulled to the middle, at full strength mono", _narrow),
    "shimmer": Artefact("glassy treble without steady phase", _shimmer),
    "birdies": Artefact("weak treble bins that come and go", _birdies),
    "smear": Artefact("a 60 ms cloud behind every attack", _smear),
}


def leave(audio: Array, artefacts: Mapping[str, float], rng: np.random.Generator) -> Array:
    """Leave a system's traces in a mix (2, n) at 44,100 Hz; the mix itself is not changed.

    ``artefacts`` maps a name in `ARTEFACTS` to a strength in [0, 1], applied in that order. Each
    draws from its own child of ``rng``, so that one does not change another.
    """
    for (name, artefact), own in zip(ARTEFACTS.items(), rng.spawn(len(ARTEFACTS)), strict=True):
        strength = artefacts.get(name, 0.0)
        if strength > 0:
            audio = artefact.apply(audio, strength, own)
    return audio


def _filtered(audio: Array, response: Callable[[np.ndarray], np.ndarray]) -> Array:
    """Filter with a frequency response, in one piece and with room for what rings past the end."""
    n = audio.shape[1]
    size = fft.next_fast_len(n + _RATE // 4, real=True)
    hertz = fft.rfftfreq(size, 1 / _RATE)
    shaped = fft.rfft(audio, size, axis=1) * response(hertz).astype(np.complex64)
    return np.asarray(fft.irfft(shaped, size, axis=1)[:, :n], np.float32)


def _short_time(audio: Array, change: Callable[[np.ndarray], None]) -> Array:
    """Change overlapping short spectra (2, frames, bins) in place and add them up again."""
    n = audio.shape[1]
    count = -(-n // _HOP) + 1
    padded = np.zeros((2, (count + 1) * _HOP), np.float32)
    padded[:, _HOP : _HOP + n] = audio
    window = np.sin(np.pi * (np.arange(_SIZE, dtype=np.float32) + 0.5) / _SIZE).astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(padded, _SIZE, axis=1)[:, ::_HOP]
    spectra = fft.rfft(framed * window, axis=2)
    change(spectra)
    back = fft.irfft(spectra, _SIZE, axis=2) * window
    out = np.zeros_like(padded)
    out[:, : back.shape[1] * _HOP] += back[:, :, :_HOP].reshape(2, -1)
    out[:, _HOP : (back.shape[1] + 1) * _HOP] += back[:, :, _HOP:].reshape(2, -1)
    return np.ascontiguousarray(out[:, _HOP : _HOP + n])
