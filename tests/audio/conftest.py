"""Songs to decode: every file is made here, from signals of our own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

GOLDEN = Path(__file__).parents[1] / "golden"
Encode = Callable[..., Path]

LAYOUTS = {
    1: "mono",
    2: "stereo",
    3: "3.0",
    4: "quad",
    5: "5.0",
    6: "5.1",
    7: "6.1",
    8: "7.1",
}


def _packets(stream: Any, samples: NDArray[np.float32], rate: int) -> Any:
    name = stream.codec_context.format.name
    size = stream.codec_context.frame_size or 1024
    for at in range(0, samples.shape[1], size):
        piece = samples[:, at : at + size].astype(np.float64)
        if name.startswith("s16"):
            piece = np.round(piece * 32767).astype(np.int16)
        elif name.startswith("s32"):
            piece = np.round(piece * (2**31 - 129)).astype(np.int32)
        else:
            piece = piece.astype(np.float32)
        if not name.endswith("p"):
            piece = piece.T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(piece), format=name, layout=stream.layout.name
        )
        frame.sample_rate = rate
        frame.pts = at
        yield from stream.encode(frame)
    yield from stream.encode(None)


def encode_song(
    path: Path,
    samples: NDArray[np.float32],
    rate: int,
    codec: str,
    *,
    container: str | None = None,
    options: dict[str, str] | None = None,
    pictures: int = 0,
) -> Path:
    """Encode samples (n,) or (n_channels, n) with ffmpeg, on request beside a film."""
    samples = np.atleast_2d(samples)
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        film: Any = None
        if pictures:
            film = output.add_stream("mpeg4", rate=10)
            film.width, film.height, film.pix_fmt = 64, 64, "yuv420p"
        stream: Any = None
        if samples.size:
            stream = output.add_stream(codec, rate=rate, layout=LAYOUTS[len(samples)])
            stream.codec_context.open()
        for number in range(pictures):
            grey = np.full((64, 64, 3), number % 255, dtype=np.uint8)
            for packet in film.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")):
                output.mux(packet)
        if film is not None:
            for packet in film.encode(None):
                output.mux(packet)
        if stream is not None:
            for packet in _packets(stream, samples, rate):
                output.mux(packet)
    return path


@pytest.fixture(scope="session")
def encode() -> Encode:
    return encode_song
