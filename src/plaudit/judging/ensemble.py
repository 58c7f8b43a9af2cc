"""An ensemble: the standardised mean of several judges, and how far they lie apart.

For judge k with main score ``m_k`` (`plaudit.judging.agreement.main_score`), and the mean and
standard deviation of its main scores over the songs that the ensemble was fitted on:

``z_k = (m_k - mean_k) / sd_k``; ``preference`` is the mean of the ``z_k``, 0 for a song as those
were on average; ``disagreement`` is their standard deviation. Where it is larger than in 90 % of
the songs of the fit, the row has the warning ``judges_disagree``.

Its folder holds a card alone, which names each judge with its hash; the judges stay where they are.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from pydantic import JsonValue

from plaudit.audio.shared import SharedSong
from plaudit.core.axes import ANY_AXIS
from plaudit.core.choice import Precision
from plaudit.core.errors import InputError
from plaudit.core.folder import check_folder, whole_folder
from plaudit.core.note import Note
from plaudit.encoders.shared_pass import Passes, sharing
from plaudit.judging.agreement import main_score
from plaudit.judging.any_judge import AnyJudge
from plaudit.judging.feed import Source
from plaudit.judging.given import Given
from plaudit.judging.panel import Member, usable
from plaudit.judging.record import Score, SongScores, Span, shared_warnings
from plaudit.model.card import Card
from plaudit.model.folder import CARD
from plaudit.model.published.card import AxisRecord, PartRecord, PublishedCard

ENSEMBLE = "ensemble"
LEAST_SONGS = 10  # of which nine lie within the limit of disagreement
AXES = ("preference", "disagreement")
_USUAL = 0.9
_FREE = ("Apache-2.0", "MIT", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0")


class EnsembleJudge(AnyJudge):
    """Several judges as one."""

    card: PublishedCard

    def __init__(
        self,
        card: PublishedCard,
        judges: Sequence[AnyJudge],
        max_seconds: float | None = None,
    ) -> None:
        super().__init__(card, max_seconds)
        self._judges = judges
        if _fit_hash(card.parts, card.options) != card.weights_hash:
            raise InputError(
                f"The card of ensemble '{card.name}' was changed since it was fitted; fit it again"
                " with plaudit judges ensemble."
            )
        for judge, (name, part) in zip(judges, card.parts.items(), strict=True):
            if judge.id.hash != part.config["hash"]:
                raise InputError(
                    f"Ensemble '{card.name}' was fitted on judge '{name}' with hash"
                    f" {str(part.config['hash'])[:12]}, but {part.hub} is another now"
                    f" ({judge.id.hash[:12]}); restore the first, or fit the ensemble again."
                )

    @property
    def precision(self) -> Precision:
        """Precision in use: "fast" if one of its judges is."""
        return "fast" if any(judge.precision == "fast" for judge in self._judges) else "exact"

    @property
    def device(self) -> str:
        """Device that its first judge runs on."""
        return self._judges[0].device

    def _judged(self, source: Source, given: Given, *, timeline: bool) -> SongScores:
        song = SharedSong(source, self.max_seconds) if isinstance(source, Path) else source
        with sharing(Passes()):
            rows = [_row(judge, song, given) for judge in self._judges]
        z = [
            _standardised(main_score(row), part)
            for row, part in zip(rows, self.card.parts.values(), strict=True)
        ]
        values = dict(zip(AXES, (float(np.mean(z)), float(np.std(z))), strict=True))
        first = rows[0]
        warnings = [*shared_warnings(rows), *self._doubts(values["disagreement"], z)]
        whole = Span(start_s=0.0, end_s=first.duration_s, scores=values)
        return SongScores(
            path=None if isinstance(source, tuple) else str(source),
            sha256=first.sha256,
            judge=self.id,
            precision=self.precision,
            duration_s=first.duration_s,
            scores={axis: Score(value=value) for axis, value in values.items()},
            warnings=tuple(warnings),
            timeline=(whole,) if timeline else None,
            given=given if given.names else None,
        )

    def _doubts(self, spread: float, z: Sequence[float]) -> list[Note]:
        limit = _number(self.card.options["usual_disagreement"])
        if spread <= limit:
            return []
        each = ", ".join(f"{n} {v:+.2f}" for n, v in zip(self.card.parts, z, strict=True))
        message = (
            f"Judges disagree: their standardised scores ({each}) have a standard deviation of"
            f" {spread:.2f}, and in {_USUAL:.0%} of the songs of the fit it is at most {limit:.2f}."
            " Listen yourself."
        )
        return [Note(type="judges_disagree", message=message)]


class Fitted(NamedTuple):
    """A future part of an ensemble: its name or folder, and its main score of each song."""

    place: str
    judge: Member
    scores: Sequence[float]


def ensemble_card(name: str, judges: Sequence[Fitted]) -> PublishedCard:
    """Return the card of an ensemble, fitted on the scores of songs that all judges judged.

    Raises
    ------
    InputError
        There are too few songs or judges, or a judge gives all songs one score.
    """
    n = len(judges[0].scores)
    if len(judges) < 2:
        raise InputError("An ensemble needs two judges or more; name each with --of.")
    if n < LEAST_SONGS:
        raise InputError(
            f"Expected {LEAST_SONGS} songs or more that all judges could judge, to see how their"
            f" scores spread, got {n}."
        )
    names = _part_names([fitted.judge for fitted in judges])
    parts = {key: _part(fitted) for key, fitted in zip(names, judges, strict=True)}
    z = np.array(
        [
            [_standardised(score, part) for score in fitted.scores]
            for part, fitted in zip(parts.values(), judges, strict=True)
        ]
    )
    spread = float(np.quantile(z.std(axis=0), _USUAL))
    cards = [fitted.judge.card for fitted in judges]
    published = [card for card in cards if isinstance(card, PublishedCard)]
    conditions = dict.fromkeys(name for card in published for name in card.conditions)
    needs = dict.fromkeys(name for card in published for name in card.needs)
    listed = ", ".join(f"{own.card.name} {own.card.version}" for _, own, _ in judges)
    learned = " ".join(f"{card.name}: {card.training_data}" for card in cards)
    options: dict[str, JsonValue] = {"usual_disagreement": spread, "songs": n}
    return PublishedCard(
        procedure=ENSEMBLE,
        name=name,
        version="1",
        summary=f"The standardised mean of {len(judges)} judges: {listed}.",
        axes=(
            AxisRecord(
                name="preference",
                meaning="The mean of the standardised main scores of its judges; 0 is the mean of"
                f" the {n} songs that it was fitted on",
            ),
            AxisRecord(
                name="disagreement", meaning=ANY_AXIS["disagreement"].meaning.rstrip("."), low=0.0,
                better="neither",
            ),
        ),
        conditions=tuple(conditions),
        needs=tuple(needs),
        hearing="each song with one judge after another, each in its own way",
        options=options,
        parts=parts,
        weights_hash=_fit_hash(parts, options),
        training_data="Nothing of its own but the mean and spread of each judge's main score on"
        f" {n} songs. Its judges: {learned}",
        licence=_licence(cards),
        commercial=all(map(is_commercial, cards)),
        citation="; ".join(dict.fromkeys(card.citation for card in cards)),
        intended_uses=("Songs of the kind that it was fitted on, judged by several at once.",),
        forbidden_uses=tuple(dict.fromkeys(use for card in cards for use in card.forbidden_uses)),
        limits=(
            "Its scores have a meaning beside those of the songs of its fit only.",
            "Judges that learned from the same data agree for that reason too.",
            *dict.fromkeys(f"{card.name}: {limit}" for card in cards for limit in card.limits),
        ),
    )  # fmt: skip


def check_ensemble_folder(folder: Path, inputs: Iterable[Path | None] = ()) -> bool:
    """Make sure that an ensemble may be written there; return whether it replaces one."""
    mark = (CARD, b'"procedure": "ensemble"')
    return check_folder(folder, (CARD,), mark, "an ensemble", inputs)


def write_ensemble(folder: Path, card: PublishedCard) -> None:
    """Write an ensemble, whole or not at all."""
    check_ensemble_folder(folder)
    with whole_folder(folder) as new:
        (new / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")


def is_commercial(card: Card | PublishedCard) -> bool:
    """Return whether the licences of a judge are known to allow commercial use."""
    if isinstance(card, PublishedCard):
        return card.commercial
    return card.licence in _FREE and card.encoder.licence in _FREE


def _licence(cards: Sequence[Card | PublishedCard]) -> str:
    use = "" if all(map(is_commercial, cards)) else "No commercial use. "
    licences = [
        f"{card.name}: {card.licence}"
        + ("" if isinstance(card, PublishedCard) else f", encoder {card.encoder.licence}")
        for card in cards
    ]
    return f"{use}The licences of all its judges hold together ({'; '.join(licences)})"


def _part(fitted: Fitted) -> PartRecord:
    card, scores = fitted.judge.card, np.asarray(fitted.scores, np.float64)
    if not np.ptp(scores) > 0:
        raise InputError(
            f"Judge '{card.name}' gives all songs one score, which cannot be standardised; leave it"
            " out or take other songs."
        )
    config: dict[str, JsonValue] = {
        "version": fitted.judge.id.version,
        "hash": fitted.judge.id.hash,
        "mean": float(scores.mean()),
        "sd": float(scores.std()),
    }
    files = {"judge": fitted.judge.id.hash}
    return PartRecord(hub=fitted.place, files=files, config=config, licence=card.licence)


def _fit_hash(parts: Mapping[str, PartRecord], options: Mapping[str, JsonValue]) -> str:
    """Return a SHA-256 over all that was fitted, and the judges that it was fitted on."""
    fitted = [{name: part.config for name, part in parts.items()}, dict(options)]
    return hashlib.sha256(json.dumps(fitted, sort_keys=True).encode()).hexdigest()


def _part_names(judges: Sequence[Member]) -> list[str]:
    names = [judge.id.name for judge in judges]
    return [
        name if names.count(name) == 1 else f"{name}-{judge.id.hash[:8]}"
        for name, judge in zip(names, judges, strict=True)
    ]


def _row(judge: AnyJudge, song: Source, given: Given) -> SongScores:
    own = given.only(usable(judge))
    if isinstance(song, tuple):
        return judge.score(*song, given=own, timeline=False)
    return judge.score(song, given=own, timeline=False)


def _standardised(value: float, part: PartRecord) -> float:
    return (value - _number(part.config["mean"])) / _number(part.config["sd"])


def _number(value: JsonValue) -> float:
    """Return a number of the fit, which is one since the card is as it was written."""
    return float(cast("float", value))
