"""Low bit rate: the recording goes through a real encoder and decoder, and comes back in its place.

MP3 (LAME), Opus (libopus) and AAC-LC (ffmpeg's own), all through PyAV, packet by packet, nothing on
disk. Channels are coded in pairs, an odd last one alone at half the bit rate. MP3 and AAC run at
the sample rate that suits the bit rate, since at a high one they sound worse still. Vorbis is left
out: libsndfile's does not go low enough to be heard as damage.

Codecs begin with some milliseconds of their own (1,105 samples for LAME, 1,024 for AAC, 120 for
Opus at 48 kHz), which some decoders drop and others do not. So the place of the output is taken
from the time stamps that the encoder puts on its packets, not from a table.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from math import gcd
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame

Floats = NDArray[np.float32]

CODECS: tuple[str, ...] = ("mp3", "opus", "aac")
"""Codecs that a recording can be sent through."""

_MPEG_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


class _Maker(NamedTuple):
    """How a codec is run: names and options in ffmpeg, rates, and sample rate (Hz) per kbit/s."""

    encoder: str
    decoder: str
    sample_format: str
    rates: tuple[int, ...]
    hz_per_kbps: float
    options: dict[str, str]


# The quick ways to encode: twice as fast, and AAC's other one has glitches at these bit rates.
_MP3 = {"compression_level": "7"}
_AAC = {"aac_coder": "fast"}
# Without its speech mode and with steady packets, Opus gets steadily worse down to 3 kbit/s.
_OPUS = {"application": "lowdelay", "vbr": "off"}
_MAKERS = {
    "mp3": _Maker("libmp3lame", "mp3float", "fltp", _MPEG_RATES, 1000, _MP3),
    "opus": _Maker("libopus", "opus", "flt", (48_000,), 0, _OPUS),
    "aac": _Maker("aac", "aac", "fltp", _MPEG_RATES, 1000, _AAC),
}
# Frames of silence after the recording, to push its end through encoder and decoder.
_TAIL = 6
# Images 80 dB down, so that only the codec can be heard.
_FILTER = ("kaiser", 8.0)


def code(
    audio: Floats,
    sample_rate: int,
    rng: np.random.Generator,  # noqa: ARG001 (the signature of every kind)
    *,
    variant: str,
    **kbps: float,
) -> Floats:
    """Send a recording through a codec and back, in time with the input.

    ``variant`` is one of ``CODECS``; of ``mp3_kbps``, ``opus_kbps`` and ``aac_kbps`` that of the
    variant is used: bit rate for a pair of channels, kbit/s.
    """
    from scipy.signal import resample_poly

    maker, pair_kbps = _MAKERS[variant], kbps[f"{variant}_kbps"]
    rate = _rate(maker, sample_rate, pair_kbps)
    common = gcd(rate, sample_rate)
    up, down = rate // common, sample_rate // common
    n = audio.shape[1]
    out = np.zeros_like(audio)
    for first in range(0, len(audio), 2):
        pair = audio[first : first + 2]
        if not pair.any():
            continue
        there = pair.copy()
        if up != down:
            there = resample_poly(pair, up, down, axis=1, window=_FILTER)
        _round_trip(there, maker, rate, pair_kbps * len(pair) / 2)
        for channel, coded in enumerate(there, start=first):
            back = coded if up == down else resample_poly(coded, down, up, window=_FILTER)
            out[channel] = back[:n]
    return out


def _rate(maker: _Maker, sample_rate: int, pair_kbps: float) -> int:
    """Return the codec's sample rate: enough for the song, and no more than suits the bit rate."""
    most = max(maker.hz_per_kbps * pair_kbps, min(maker.rates))
    fitting = [rate for rate in maker.rates if rate <= most] if maker.hz_per_kbps else maker.rates
    enough = [rate for rate in fitting if rate >= sample_rate]
    return enough[0] if enough else fitting[-1]


def _round_trip(audio: Floats, maker: _Maker, rate: int, kbps: float) -> None:
    """Replace (channels, n) by itself, encoded and decoded, in its place.

    Safe while the same samples are being read: no decoder gives out more than its encoder took in.
    """
    channels, n = audio.shape
    frames = _frames(audio, maker, rate, kbps)
    first, second = next(frames), next(frames)
    # A decoder that drops the encoder's first samples shortens its first frame and leaves its time
    # stamp: the second frame says where the first one ends.
    start = int(second.pts or 0) - first.samples
    for frame in chain((first, second), frames):
        samples = frame.to_ndarray()
        if not frame.format.is_planar:
            samples = samples.reshape(-1, channels).T
        low, high = max(start, 0), min(start + frame.samples, n)
        if low < high:
            audio[:, low:high] = samples[:, low - start : high - start]
        start += frame.samples
    audio[:, max(start, 0) :] = 0


def _frames(audio: Floats, maker: _Maker, rate: int, kbps: float) -> Iterator["AudioFrame"]:
    """Yield the decoded frames of a recording; their time stamps count samples of it."""
    import av

    channels, n = audio.shape
    layout = "stereo" if channels == 2 else "mono"
    encoder = cast("AudioCodecContext", av.CodecContext.create(maker.encoder, "w"))
    encoder.sample_rate, encoder.layout = rate, layout
    encoder.format = av.AudioFormat(maker.sample_format)
    encoder.bit_rate, encoder.time_base = round(kbps * 1000), Fraction(1, rate)
    encoder.options = maker.options
    encoder.open()
    decoder = cast("AudioCodecContext", av.CodecContext.create(maker.decoder, "r"))
    decoder.sample_rate, decoder.layout = rate, layout
    if encoder.extradata:
        decoder.extradata = encoder.extradata
    size = encoder.frame_size
    for at in range(0, n + _TAIL * size, size):
        block = audio[:, at : at + size]
        whole = np.zeros((channels, size), dtype=np.float32)
        whole[:, : block.shape[1]] = block
        samples = whole if av.AudioFormat(maker.sample_format).is_planar else whole.T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format=maker.sample_format, layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at
        for packet in encoder.encode(frame):
            yield from decoder.decode(packet)
    for packet in encoder.encode(None):
        yield from decoder.decode(packet)
