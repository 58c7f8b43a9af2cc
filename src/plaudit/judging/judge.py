"""A judge: songs in, scores out. Every number Plaudit prints is made here.

The main path for one song: segments (`plaudit.audio`) -> layer means (`plaudit.encoders`) ->
mix, pooling, heads (`plaudit.model`) -> `SongScores`. On a CPU segments are encoded in batches that
depend on the song alone, so order and other songs never change a number. On a GPU a batch may hold
segments of several songs and always has one size (`plaudit.encoders.fixed_batch`).
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from plaudit.audio.errors import SilentError
from plaudit.audio.segment import Segment
from plaudit.audio.shared import SharedSong
from plaudit.audio.song import SongAudio, open_song
from plaudit.core.choice import Precision
from plaudit.core.note import error_note
from plaudit.encoders.gathered import segments_ahead
from plaudit.encoders.promise import Encoder
from plaudit.judging.any_judge import AnyJudge
from plaudit.judging.encoded import EncodedSong, encode_feeds
from plaudit.judging.feed import Known, PathLike, SongFeed, Source, read_ahead, source_of
from plaudit.judging.given import Given
from plaudit.judging.interval import scores_of
from plaudit.judging.record import SongFailure, SongScores
from plaudit.judging.timeline import timeline_of
from plaudit.judging.warning import doubts
from plaudit.model.card import Card
from plaudit.model.network import Network
from plaudit.model.pooling import segment_weights


class Judge(AnyJudge):
    """An encoder, the network after it, and the card that says what they are.

    `score` takes the whole way; `segments`, `encode`, `embed` and `score_encoded` are the doors to
    its stages. ``max_seconds``: longest song taken, None for any.
    """

    card: Card

    def __init__(
        self, card: Card, network: Network, encoder: Encoder, max_seconds: float | None = None
    ) -> None:
        super().__init__(card, max_seconds)
        self._network = network
        self._encoder = encoder
        self._cut = (encoder.spec.sample_rate, card.recipe.segment)

    @property
    def precision(self) -> Precision:
        """Precision really in use: "exact" or "fast"."""
        return self._encoder.precision

    @property
    def device(self) -> str:
        """Device the encoder runs on."""
        return self._encoder.device

    @property
    def coverage(self) -> float | None:
        """Stated coverage of its intervals; None for a judge without any."""
        return None if self.card.interval is None else self.card.interval.coverage

    def _judged(self, source: Source, given: Given, *, timeline: bool) -> SongScores:  # noqa: ARG002 - uses none
        return self.score_encoded(self._encode(source, last_window=timeline), timeline=timeline)

    def _rows(
        self,
        songs: Iterable[Path | SharedSong],
        given: Sequence[Given] | None,  # noqa: ARG002 - uses none
        known: Known | None,
        *,
        timeline: bool,
    ) -> Iterator[SongScores | SongFailure]:
        """Yield the rows of `stream`, while the next songs are being read."""
        for song in self.stream_encoded(songs, known=known, last_window=timeline):
            if not isinstance(song, EncodedSong):
                yield song
                continue
            try:
                yield self.score_encoded(song, timeline=timeline)
            except Exception as error:  # noqa: BLE001 - one song never ends a run
                yield SongFailure(path=song.path, error=error_note(error))

    def stream_encoded(
        self,
        songs: Iterable[Path | SharedSong],
        *,
        known: Known | None = None,
        last_window: bool = True,
    ) -> Iterator[EncodedSong | SongScores | SongFailure]:
        """Yield what the heads score, per file and in order, while the next songs are being read.

        Parameters
        ----------
        songs : iterable of path
            Files; a generator is read only a little ahead.
        known : callable, optional
            As for `stream`; the row that it finds takes the place of the song.
        last_window : bool, default True
            Whether the last full window of a song is encoded too, where its last segment is padded
            (`score_encoded` with a timeline needs it).

        Yields
        ------
        EncodedSong, or SongScores of a song that was known, or SongFailure
            A bad file never stops the ones after it.
        """
        feeds = self._read_ahead(songs, self._readers, known)
        for feed, encoded in encode_feeds(feeds, self._encoder, last_window=last_window):
            name = str(feed.source)
            try:
                if isinstance(encoded, Exception):
                    raise encoded
                if encoded is not None:
                    yield encoded
                elif feed.known_row is not None:
                    yield feed.known_row.model_copy(update={"path": name})
            except Exception as error:  # noqa: BLE001 - one song never ends a run
                yield SongFailure(path=name, error=error_note(error))

    @property
    def _readers(self) -> int:
        """Files read at a time: one per core, few beside an encoder on the CPU."""
        return min(os.cpu_count() or 1, 2 if self._encoder.device == "cpu" else 16)

    def segments(self, song: PathLike | ArrayLike, sample_rate: int | None = None) -> SongAudio:
        """Open a song as the segments that the encoder of this judge hears.

        Parameters
        ----------
        song : path or array
            A file, or samples as for `score`.
        sample_rate : int, optional
            Rate of an array in Hz.

        Returns
        -------
        SongAudio
            Iterator of `plaudit.audio.segment.Segment`: mono float32 at the encoder's rate.
        """
        source = source_of(song, sample_rate)
        return open_song(source, *self._cut, self.max_seconds)

    def encode(self, song: PathLike | ArrayLike, sample_rate: int | None = None) -> EncodedSong:
        """Return the layer means of a song, and what is known of its recording.

        Parameters
        ----------
        song : path or array
            A file, or samples as for `score`.
        sample_rate : int, optional
            Rate of an array in Hz.

        Returns
        -------
        EncodedSong
            Its ``layer_means`` are (n_segments, n_layers, dim) float32.

        Raises
        ------
        PlauditError
            The song could not be read; the class and the sentence say why.
        """
        return self._encode(source_of(song, sample_rate), last_window=True)

    def embed(
        self,
        song: PathLike | ArrayLike | EncodedSong,
        sample_rate: int | None = None,
        *,
        by_segment: bool = False,
    ) -> NDArray[np.float32]:
        """Return the embedding that the heads score: layers mixed, segments pooled.

        Parameters
        ----------
        song : path, array or EncodedSong
            A file, samples as for `score`, or a song that `encode` returned.
        sample_rate : int, optional
            Rate of an array in Hz.
        by_segment : bool, default False
            Whether each segment is embedded alone.

        Returns
        -------
        ndarray of float32, (dim,) or (n_segments, dim)
            The mean over members, where the judge has several.

        Raises
        ------
        PlauditError
            The song could not be read; the class and the sentence say why.
        """
        encoded = song if isinstance(song, EncodedSong) else self.encode(song, sample_rate)
        means = torch.tensor(encoded.layer_means)
        if not by_segment:
            embedding = self._network.score(means, self._weights(encoded.segments)).embedding
        else:
            alone = (self._network.score(part.unsqueeze(0), torch.ones(1)) for part in means)
            embedding = torch.stack([out.embedding for out in alone])
        return np.asarray(embedding.numpy(), np.float32)

    def score_encoded(self, encoded: EncodedSong, *, timeline: bool = True) -> SongScores:
        """Score a song from its layer means; `score` ends here too.

        Parameters
        ----------
        encoded : EncodedSong
            From `encode` of a judge with the same encoder.
        timeline : bool, default True
            Whether the row holds the scores of each segment.

        Returns
        -------
        SongScores
            The row that `score` gives for the file.

        Raises
        ------
        PlauditError
            The song is silent, and this judge was not trained on silence.
        """
        return self.score_and_embed(encoded, timeline=timeline)[0]

    def score_and_embed(
        self, encoded: EncodedSong, *, timeline: bool = True
    ) -> tuple[SongScores, NDArray[np.float32]]:
        """Return the row of `score_encoded` and the embedding of `embed`, at the cost of one.

        Parameters
        ----------
        encoded : EncodedSong
            From `encode` of a judge with the same encoder.
        timeline : bool, default True
            Whether the row holds the scores of each segment.

        Returns
        -------
        SongScores
            The row.
        ndarray of float32, (dim,)
            The embedding.

        Raises
        ------
        PlauditError
            As `score_encoded`.
        """
        if encoded.silent and self.card.recipe.silence == "refuse":
            raise SilentError(
                f"{encoded.path or 'The array'} is silent from beginning to end, and judge"
                f" '{self.card.name}' was not trained on silence; check the file."
            )
        weights = self._weights(encoded.segments)
        out = self._network.score(torch.tensor(encoded.layer_means), weights)
        heard_s = sum(segment.music_s for segment in encoded.segments)
        row = SongScores(
            path=encoded.path,
            sha256=encoded.sha256,
            judge=self.id,
            precision=self._encoder.precision,
            duration_s=encoded.duration_s,
            scores=scores_of(self.card.interval, self.axes, out),
            warnings=(*encoded.warnings, *doubts(self.card, self.axes, out, heard_s)),
            timeline=timeline_of(encoded, out, self._network, self.axes) if timeline else None,
        )
        return row, np.asarray(out.embedding.numpy(), np.float32)

    def _encode(self, source: Source, *, last_window: bool) -> EncodedSong:
        feeds = self._read_ahead([source], readers=1)
        ((_, encoded),) = encode_feeds(feeds, self._encoder, last_window=last_window)
        if isinstance(encoded, Exception):
            raise encoded
        assert encoded is not None  # noqa: S101 - no row was known before
        return encoded

    def _read_ahead(
        self, sources: Iterable[Source], readers: int, known: Known | None = None
    ) -> Iterator[SongFeed]:
        return read_ahead(
            sources,
            *self._cut,
            readers=readers,
            known=known,
            max_s=self.max_seconds,
            ahead=segments_ahead(self._encoder),
        )

    def _weights(self, segments: Sequence[Segment]) -> Tensor:
        recipe = self.card.recipe
        return segment_weights(
            recipe.prior if recipe.pooling == "attention" else recipe.pooling,
            [segment.end_s - segment.start_s for segment in segments],
            [segment.music_s for segment in segments],
        )
