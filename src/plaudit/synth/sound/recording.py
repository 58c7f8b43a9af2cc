"""A song's sound as the bytes of a file: WAV, FLAC or Opus.

WAV and FLAC hold 16 bits. Rounding to 16 bits is dithered (triangular noise of two steps, from the
song's own generator), so that quiet endings fade into noise instead of into distortion. Opus is
resampled to 48 kHz, as the codec wants it, and lies in Ogg. The same sound gives the same bytes on
the same install: no file holds a date, and the Ogg stream's serial number is not drawn by chance.
"""

import io
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from plaudit.synth.music.notation import Array

AudioFormat = Literal["flac", "opus"]
AUDIO_FORMATS: tuple[str, ...] = get_args(AudioFormat)
_OPUS_RATE = 48_000
_OPUS_BIT_RATE = 128_000
# A little above the mean size of a second of music, which `bench/speed/corpus.py` measures.
BYTES_PER_S: dict[str, float] = {"flac": 95_000.0, "opus": 18_000.0}


def dithered(audio: Array, rng: np.random.Generator) -> NDArray[np.int16]:
    """Round sound (2, n) within -1 to 1 to frames (n, 2) of 16 bits, with triangular dither.

    The mean error is 0 whatever the sound; ``rng`` is advanced by ``4 n`` draws.
    """
    frames = audio.T.astype(np.float64) * 32_768.0
    noise = rng.random(frames.shape) - rng.random(frames.shape)
    return np.clip(np.rint(frames + noise), -32_768, 32_767).astype(np.int16)


def wav_bytes(audio: Array, sample_rate: int, rng: np.random.Generator) -> bytes:
    """Return sound as a 16-bit WAV file that names Plaudit; parameters as for `audio_bytes`."""
    return sound_bytes(dithered(audio, rng), sample_rate, "WAV")


def audio_bytes(
    audio: Array, sample_rate: int, form: AudioFormat, rng: np.random.Generator
) -> bytes:
    """Return sound (2, n) within -1 to 1 as the bytes of a file.

    ``form`` is "flac" (16 bits, dithered by ``rng``) or "opus" (128 kbit/s in Ogg, without dither).
    """
    if form == "flac":
        return sound_bytes(dithered(audio, rng), sample_rate, "FLAC")
    return _opus(audio, sample_rate)


def sound_bytes(frames: NDArray[Any], sample_rate: int, kind: str) -> bytes:
    """Return frames (n, 2), whole numbers of 16 bits or -1 to 1, as a file that names Plaudit."""
    import soundfile

    file = io.BytesIO()
    with soundfile.SoundFile(
        file, "w", sample_rate, channels=2, format=kind, subtype="PCM_16"
    ) as sound:
        sound.software = "Plaudit"
        sound.write(frames)
    return file.getvalue()


def _opus(audio: Array, sample_rate: int) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="ogg", options={"fflags": "+bitexact"}) as container:
        stream = container.add_stream("libopus", rate=_OPUS_RATE, layout="stereo")
        stream.bit_rate = _OPUS_BIT_RATE
        resampler = av.AudioResampler(format="flt", layout="stereo", rate=_OPUS_RATE)
        whole = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(audio), format="fltp", layout="stereo"
        )
        whole.sample_rate = sample_rate
        whole.pts = 0
        for frame in (*resampler.resample(whole), *resampler.resample(None), None):
            for packet in stream.encode(frame):
                container.mux(packet)
    return file.getvalue()
