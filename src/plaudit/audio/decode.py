"""Decode a file into blocks of one second, in a stream, and count what was lost.

Conventions: blocks are ``(n_channels, n_samples)`` float32, full scale 1.0; durations in seconds of
decoded audio. A packet that cannot be decoded is skipped and counted. PyAV is used through a Python
file handle and a list of formats, so that a playlist dressed up as a song cannot make ffmpeg open
other files or addresses.
"""

import errno
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Self

import av
import numpy as np
from numpy.typing import NDArray

from plaudit.audio.block import channels, reblock
from plaudit.audio.chunk import read_layout
from plaudit.audio.errors import (
    ChannelError,
    EmptyAudioError,
    NotAudioError,
    RateChangeError,
    SampleRateError,
    UnreadableError,
)
from plaudit.audio.extent import Loss, Promise, expected_duration, read_promise
from plaudit.audio.mpeg import tags_end
from plaudit.audio.rebuilt import Rebuilt, rebuild
from plaudit.audio.refusal import check_address, check_page, not_audio
from plaudit.core.errors import MissingFileError

AUDIO_SUFFIXES: frozenset[str] = frozenset(
    {".aac", ".ac3", ".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".m4a", ".m4b", ".mka"}
    | {".mp2", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".w64", ".wav", ".wave", ".weba", ".webm"}
    | {".wma", ".wv"}
)
"""Suffixes, lower case, of the files that a scan of a folder takes for songs."""

MAX_CHANNELS = 8
MIN_RATE, MAX_RATE = 4_000, 384_000
"""Sample rates (Hz) that are accepted: telephones use 8,000, studio formats end at 384,000."""

_FORMATS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,matroska,webm,mov,mp3,mpeg,mpegts,ogg,"
    "tak,tta,w64,wav,wv"
)


class _Handle:
    """A file as ffmpeg reads it: seeking to an impossible place returns an error code.

    The offsets in a damaged file lead anywhere; PyAV would print an exception to stderr.
    """

    def __init__(self, file: BinaryIO | Rebuilt) -> None:
        self.name = file.name
        self.read = file.read
        self.tell = file.tell
        self._seek = file.seek

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        try:
            return self._seek(offset, whence)
        except (OSError, OverflowError):
            return -errno.EINVAL


class Decoder:
    """An opened song: iterate over it once for its blocks, then ask what was lost.

    Use it in a ``with`` statement. ``n_samples``, ``n_damaged`` and ``n_edge`` are final after the
    last block.

    Parameters
    ----------
    path : Path
        File to decode.

    Attributes
    ----------
    sample_rate : int
        Hz.
    expected_s : float or None
        Length that the file states; None where its format does not.
    ends_early : bool
        The file lacks the mark that its format ends with, or could not be read up to it.
    n_samples : int
        Samples per channel decoded so far.
    n_damaged : int
        Packets (or frames) in the middle of the song that could not be decoded cleanly.
    n_edge : int
        Undecodable packets before the first or behind the last good one: damage, or only a tag.

    Raises
    ------
    MissingFileError
        Nothing is there.
    AudioError
        One of `plaudit.audio.errors`, naming the file; also raised while iterating.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.n_samples = 0
        self.n_damaged = 0
        self.n_edge = 0
        self._n_bytes = 0
        self._file = open_file(path)
        try:
            check_page(self._file, path)
            self._promise, source = _plan(self._file, path)
            self._container = _open_container(source, self._file, path)
            self._stream = _best_stream(self._container, self._file, path)
            self.ends_early = self._promise.ogg_cut
            frames = self._frames()
            first = next(frames, None)
            if first is None:
                raise self._nothing()
            self.sample_rate = first.sample_rate
            self.expected_s = expected_duration(self._container, self._stream, self._promise)
        except OSError as error:
            self.close()
            raise _failing(path, error) from error
        except BaseException:
            self.close()
            raise
        if not MIN_RATE <= self.sample_rate <= MAX_RATE:
            self.close()
            raise SampleRateError(
                f"Expected a sample rate from {MIN_RATE} to {MAX_RATE} Hz, but {path} states "
                f"{self.sample_rate} Hz; export it again at 44100 or 48000 Hz."
            )
        pieces = self._pieces(itertools.chain([first], frames))
        self._blocks = reblock(pieces, size=self.sample_rate)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return self._blocks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def decoded_s(self) -> float:
        """Seconds of audio decoded so far."""
        return self.n_samples / self.sample_rate

    def loss(self) -> Loss:
        """Return what is known to be missing; meant for after the last block."""
        count = self._promise.mp3
        whole = count is not None and count.all_read(self._n_bytes) and not self.n_damaged
        return Loss(
            decoded_s=self.decoded_s,
            expected_s=None if whole else self.expected_s,
            n_damaged=self.n_damaged,
            # An MP3 may end in tags or zeros: undecodable bytes there are no loss.
            n_edge=0 if self._container.format.name == "mp3" else self.n_edge,
            ends_early=self.ends_early,
            unread_s=self._promise.unread * self.decoded_s,
        )

    def close(self) -> None:
        """Close the file; harmless when it is closed already."""
        container = getattr(self, "_container", None)
        if container is not None:
            container.close()
        self._file.close()

    def _frames(self) -> Iterator[av.AudioFrame]:
        """Decode packet by packet; damage is counted and passed over."""
        n_bad, started = 0, False
        try:
            for packet in self._container.demux(self._stream):
                try:
                    frames = self._stream.decode(packet)
                except av.FFmpegError:
                    n_bad += 1
                    continue
                self._n_bytes += packet.size
                for frame in frames:
                    if not frame.samples:
                        continue
                    if started:
                        self.n_damaged += n_bad
                    else:
                        self.n_edge += n_bad
                    n_bad, started = 0, True
                    self.n_damaged += frame.is_corrupt
                    yield frame
        except av.FFmpegError:
            # The container itself cannot be read on, as in a chain of Ogg songs at two rates.
            self.ends_early = True
        except OSError as error:
            raise _failing(self.path, error) from error
        self.n_edge += n_bad

    def _pieces(self, frames: Iterator[av.AudioFrame]) -> Iterator[NDArray[np.float32]]:
        for frame in frames:
            if frame.sample_rate != self.sample_rate:
                raise RateChangeError(
                    f"Expected one sample rate, but {self.path} changes from {self.sample_rate} to "
                    f"{frame.sample_rate} Hz after {self.decoded_s:.1f} s; split it or export it "
                    "again at one rate."
                )
            n_channels = frame.layout.nb_channels
            if n_channels > MAX_CHANNELS:
                raise ChannelError(
                    f"Expected at most {MAX_CHANNELS} channels, but {self.path} has {n_channels}; "
                    "mix it down to stereo first."
                )
            piece = channels(frame)
            self.n_samples += piece.shape[1]
            yield piece

    def _nothing(self) -> NotAudioError | EmptyAudioError:
        """Choose the error for a file that opened but gave no samples."""
        if self.n_edge or self.ends_early or not self._stream.codec_context.sample_rate:
            return not_audio(self._file, self.path)
        kind = self._container.format.name.partition(",")[0]
        return EmptyAudioError(
            f"Expected a song, but {self.path} holds no samples (a {kind} file with "
            "nothing behind its header); export or download it again."
        )


def open_file(path: Path) -> BinaryIO:
    """Open a file that may be a song.

    Raises
    ------
    MissingFileError, UnreadableError, EmptyAudioError
        It is not there, is no file, cannot be read or is empty.
    """
    try:
        if path.is_dir():
            os.scandir(path).close()
            named = f"but {path} is a folder" if path.name else "got an empty path (or a folder)"
            raise UnreadableError(f"Expected an audio file, {named}; name the files inside it.")
        if not path.exists():
            check_address(path)
            raise MissingFileError(
                f"Expected an audio file, but {path} does not exist; check the path."
            )
        if not path.is_file():
            raise UnreadableError(
                f"Expected an audio file, but {path} is a device or a pipe; save the sound to a "
                "file first."
            )
        if not path.stat().st_size:
            raise EmptyAudioError(
                f"Expected a song, but {path} is empty (0 bytes); export or download it again."
            )
        return path.open("rb")
    except MissingFileError:
        raise
    except OSError as error:
        folder = "the folder " if os.path.isdir(path) else ""  # noqa: PTH112 - never raises
        raise UnreadableError(
            f"Expected to read {folder}{path}, but the system refuses it ({error.strerror}); check"
            " its name and permissions."
        ) from error


def _failing(path: Path, error: OSError) -> UnreadableError:
    return UnreadableError(
        f"Reading {path} failed half way ({error.strerror}); check the disk or copy the file again."
    )


def _plan(file: BinaryIO, path: Path) -> tuple[Promise, BinaryIO | Rebuilt]:
    """Return what a file states, and what to decode: the file, or one with a repaired header."""
    start, n_tags = tags_end(file)
    layout = read_layout(file, start)
    promise = read_promise(file, start, layout)
    source: BinaryIO | Rebuilt | None = None
    if layout is not None:
        try:
            source = rebuild(file, layout)
        except ValueError as error:
            raise NotAudioError(
                f"Expected a song, but {path} is {error}, which cannot be decoded here; convert it"
                " to WAV, FLAC, MP3, OGG or M4A."
            ) from error
    # Of several tags in a row the decoder knows the first, and none before some formats.
    if source is None and (n_tags > 1 or (n_tags and layout is not None)):
        source = Rebuilt(file, b"", start, max(0, file.seek(0, os.SEEK_END) - start))
    file.seek(0)
    return promise, source or file


def _open_container(
    source: BinaryIO | Rebuilt, file: BinaryIO, path: Path
) -> av.container.InputContainer:
    options = {"format_whitelist": _FORMATS}
    try:
        return av.open(_Handle(source), "r", options=options, metadata_errors="replace")
    except av.FFmpegError as error:
        raise not_audio(file, path) from error


def _best_stream(
    container: av.container.InputContainer, file: BinaryIO, path: Path
) -> av.AudioStream:
    """Choose the audio stream ffmpeg would play; pictures and cover art are left aside."""
    stream = container.streams.best("audio")
    if not isinstance(stream, av.AudioStream):
        if container.streams.video:
            raise NotAudioError(
                f"Expected a song, but {path} holds pictures and no sound; name a file with sound."
            )
        raise not_audio(file, path)
    if stream.codec_context is None:
        raise NotAudioError(
            f"Expected a song, but the sound in {path} is coded in a way that cannot be decoded "
            "here; convert it to WAV, FLAC, MP3, OGG or M4A."
        )
    return stream
