"""A file of scores as a contestant: predictions of any program for a suite's items.

Files are read by `plaudit.benchmarks.scores.file`. A suite asks for the order of songs, so scores
may have any name and any scale. A row that cannot be used is counted with its reason and costs the
others nothing; a file none of whose rows fits the suite is an error.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.benchmarks.scores.file import read_scores
from plaudit.benchmarks.scores.table import ScoreRow, SkippedRow
from plaudit.benchmarks.scores.training_list import list_of_judge
from plaudit.benchmarks.suites.contestant import ItemPredictions, Scores, Sound
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.core.errors import InputError
from plaudit.core.name import NameMap, respelled
from plaudit.datasets.corpora.asae import LISTS


class PredictionFile:
    """Predictions from a file.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        It is no file of scores.
    """

    def __init__(self, path: Path) -> None:
        self._table = read_scores(path)
        source = self._table.source
        judge = self._table.judge
        self.training = TrainingList() if judge is None else list_of_judge(judge.hash)
        self.info = Contender(kind="predictions", name=source.name, hash=source.sha256)
        self.notes: list[str] = []  #: On names that were matched, once there are predictions.

    def score_sounds(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:  # noqa: ARG002
        """Refuse: a file cannot listen to sounds that the suite makes."""
        raise InputError(
            "This suite makes sounds that no file can have predicted; give --judge or"
            " --judge-class instead of --predictions."
        )

    def predict(self, items: Mapping[str, Item], losses: Losses) -> ItemPredictions:
        """Match rows to items by id, or by another of their names; see `Contestant`.

        Raises
        ------
        InputError
            No row names an item of this suite.
        """
        predictions = ItemPredictions()
        places = _Places(items)
        songs = [row for row in self._table.rows if not row.is_pair]
        matched = [(row, places.of(row)) for row in songs]
        failed = [(row, places.of(row)) for row in self._table.skipped]
        for skipped, own in failed:
            _lose(skipped, own, losses)
        disputed = _take(matched, predictions, losses)
        for row in self._table.rows:
            if row.is_pair:
                _take_margin(row, predictions, losses)
        if not (predictions.margins or any(own for _, own in (*matched, *failed))):
            self._refuse(items)
        self.notes = places.notes()
        if not predictions.margins:
            for item in items:
                if item not in predictions.scores and item not in disputed:
                    losses.lose("no prediction in the file", item)
        return predictions

    def _refuse(self, items: Mapping[str, Item]) -> None:
        rows: list[ScoreRow | SkippedRow] = [*self._table.rows, *self._table.skipped]
        name = next((row.names[0] for row in rows if row.names), "")
        raise InputError(
            f"None of the {len(rows)} rows of {self._table.where} names an item of this suite (it"
            f" has items such as '{next(iter(items), '')}', the file '{name}'); give the"
            " predictions that were made for it, or its other --data."
        )


def _take(
    matched: Iterable[tuple[ScoreRow, list[str]]], predictions: ItemPredictions, losses: Losses
) -> set[str]:
    """Assign each row to its items; return ids whose rows have different scores."""
    disputed: set[str] = set()
    for row, own in matched:
        scores = {name: score.value for name, score in row.scores.items()}
        if not own:
            losses.lose("prediction for an unknown id", f"line {row.line}: {row.names[0]}")
        for item in own:
            if predictions.scores.get(item, scores) != scores and item not in disputed:
                losses.lose("two different predictions for one id", row.names[0])
                disputed.add(item)
            predictions.scores[item] = scores
            if row.sha256 is not None:
                predictions.sha256[item] = row.sha256
    for item in disputed:
        del predictions.scores[item]
    return disputed


def _take_margin(row: ScoreRow, predictions: ItemPredictions, losses: Losses) -> None:
    pair = row.names[0]
    if pair in predictions.margins:
        losses.lose("two predictions for one pair", pair)
    else:
        predictions.margins[pair] = row.scores["margin"].value


def _lose(row: SkippedRow, own: Sequence[str], losses: Losses) -> None:
    where = ": ".join([f"line {row.line}", *row.names[:1]])
    if row.names and not own and not row.is_pair:
        losses.lose("prediction for an unknown id", where)
    else:
        losses.lose(f"not judged: {row.reason}" if row.is_failure else row.reason, where)


class _Places:
    """Items that a row names: the one of an id, or all with the audio of a path."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        named: dict[str, list[str]] = {}
        for item in items.values():
            for name in dict.fromkeys(item.names):
                named.setdefault(name, []).append(item.id)
        self._items, self._named = NameMap(dict(items)), NameMap(named)

    def notes(self) -> list[str]:
        """Return what a reader should know of names that were matched."""
        return respelled("the suite", self._items, self._named)

    def of(self, row: ScoreRow | SkippedRow) -> list[str]:
        """Return the ids of the items of a row, by the surest of its names that any item has."""
        if row.is_pair:
            return []
        own = next((own for name in row.names if (own := self._called(name))), [])
        if row.request is not None and len(own) > 1:
            return [item for item in own if _request(self._items[item]) == row.request] or own
        return own

    def _called(self, name: str) -> list[str]:
        bare = str(PurePosixPath(name).with_suffix("")) if PurePosixPath(name).name else name
        for known in (name, bare):
            if known in self._items:
                return [self._items[known].id]
        return self._named.get(name) or self._named.get(bare) or []


def _request(item: Item) -> tuple[str, str]:
    return item.text.strip(), item.lyrics.strip()


def scp_text(predictions: ItemPredictions, items: Iterable[str], n_scores: int) -> str:
    """Return predictions as an ``.scp`` list.

    Raises
    ------
    InputError
        The scores lack an axis that the list needs.
    """
    axes = LISTS[n_scores]
    lines = []
    for item in items:
        row = predictions.scores.get(item)
        if row is None:
            continue
        lacking = [axis for axis in axes if axis not in row]
        if lacking:
            raise InputError(f"An .scp list needs {', '.join(lacking)}, and the judge gives none.")
        lines.append(" ".join([item, *(repr(row[axis]) for axis in axes)]))
    return "\n".join(lines) + "\n" if lines else ""
