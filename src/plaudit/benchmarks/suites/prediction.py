"""A file of predictions: what some program said of a suite's items, in the spelling of many.

Read are: ``.scp`` lists (``utterance score``, or five scores in the order of the ASAE challenge);
JSON Lines, JSON and CSV with an id (`IDS`) and a number in every other column, each a named score;
rows of ``plaudit score``; pairs with an id (`PAIR_IDS`) and ``margin`` or ``probability`` of the
first; and ``results.jsonl`` of the CMI-RewardBench toolkit, whose fields are ``audio-path,
audio2, prompt, lyrics, ref-audio-path, predicted_musicality, predicted_text-music alignment``, the
same with ``_b`` for the second song, and ``inference_valid_a``, ``inference_valid_b``.

A row that cannot be used is counted with its reason and costs the others nothing; a file none of
whose rows fits the suite is an error.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from plaudit.benchmarks.suites.contestant import Answers, Scores, Sound
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.core.axes import AESTHETICS
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.file import sha256_of

IDS = ("id", "song_id", "utterance", "audio-path", "audio_path", "path", "file", "file_name")
PAIR_IDS = ("pair_id", "battle_id", "battle_uuid", "pair")
_TOOLKIT = {
    "predicted_musicality": "musicality",
    "predicted_text-music alignment": "alignment",
}
_BESIDE = {"duration_s", "split", "fold", "line", "index", "schema_version"}  # numbers, not scores


class _Said(NamedTuple):
    """A row: where it stands, the name it goes by, its scores or margin, or why it has none."""

    place: str
    name: str
    scores: Scores
    pair: bool = False
    fault: str | None = None
    request: tuple[str, str] | None = None  # prompt and lyrics


class PredictionFile:
    """Answers from a file.

    Parameters
    ----------
    path : Path
        .scp, .jsonl, .json or .csv.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        It is empty, or not of these kinds.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise MissingFileError(f"Expected a file of predictions, but {path} is not there.")
        self._path = path
        self._rows = list(_read(path))
        if not self._rows:
            raise InputError(f"{path} holds no predictions; expected one row for each item.")
        self.info = Contender(kind="predictions", name=path.name, hash=sha256_of(path))

    def hear(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:  # noqa: ARG002
        """Refuse: a file cannot listen to sounds that the suite makes."""
        raise InputError(
            "This suite makes sounds that no file can have predicted; give --judge or"
            " --judge-class instead of --predictions."
        )

    def answer(self, items: Mapping[str, Item], losses: Losses) -> Answers:
        """Match rows to items by id, or by another of their names; see `Contestant`.

        Parameters
        ----------
        items : mapping of str to Item
            What is asked.
        losses : Losses
            Told of rows that fit nothing, twice or are no number, and of items without a row.

        Returns
        -------
        Answers
            Scores and margins.

        Raises
        ------
        InputError
            No row names an item of this suite.
        """
        answers = Answers()
        known, spoilt = self._match(items, answers, losses)
        if not known:
            raise InputError(
                f"None of the {len(self._rows)} rows of {self._path} names an item of this suite"
                f" (it has items such as '{next(iter(items), '')}', the file '{self._rows[0].name}'"
                "); give the predictions that were made for it, or its other --data."
            )
        for one in spoilt:
            del answers.scores[one]
        if not answers.margins:
            for one in items:
                if one not in answers.scores and one not in spoilt:
                    losses.lose("no prediction in the file", one)
        return answers

    def _match(
        self, items: Mapping[str, Item], answers: Answers, losses: Losses
    ) -> tuple[int, set[str]]:
        """Give each row to its items; return how many rows did fit, and ids said twice."""
        places = _Places(items)
        spoilt: set[str] = set()
        known = 0
        for row in self._rows:
            own = [] if row.pair or not row.name else places.of(row)
            known += row.pair or bool(own)
            if row.pair:
                self._margin(row, answers, losses)
            elif row.fault and (own or not row.name):
                losses.lose(row.fault, f"{row.place}: {row.name}" if row.name else row.place)
            elif not own:
                losses.lose("prediction for an unknown id", f"{row.place}: {row.name}")
            else:
                for one in own:
                    if answers.scores.get(one, row.scores) != row.scores and one not in spoilt:
                        losses.lose("two different predictions for one id", row.name)
                        spoilt.add(one)
                    answers.scores[one] = row.scores
        return known, spoilt

    def _margin(self, row: _Said, answers: Answers, losses: Losses) -> None:
        if row.fault:
            losses.lose(row.fault, f"{row.place}: {row.name}")
        elif row.name in answers.margins:
            losses.lose("two predictions for one pair", row.name)
        else:
            answers.margins[row.name] = row.scores["margin"]


class _Places:
    """Which items a row may mean: an id names one, a path all items with that audio."""

    def __init__(self, items: Mapping[str, Item]) -> None:
        self._items = items
        self._named: dict[str, list[str]] = {}
        for one in items.values():
            for name in dict.fromkeys(one.names):
                self._named.setdefault(name, []).append(one.id)

    def of(self, row: _Said) -> list[str]:
        if row.name in self._items:
            return [row.name]
        bare = str(PurePosixPath(row.name).with_suffix(""))
        found = self._named.get(row.name) or self._named.get(bare) or []
        if bare in self._items:
            found = [bare]
        if row.request is not None:
            same = [one for one in found if _request(self._items[one]) == row.request]
            return same or found
        return found


def _request(item: Item) -> tuple[str, str]:
    return item.text.strip(), item.lyrics.strip()


def _read(path: Path) -> Iterator[_Said]:
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if path.suffix == ".scp":
        yield from _scp(text)
        return
    if path.suffix == ".csv":
        rows = ((n, dict(row)) for n, row in enumerate(csv.DictReader(io.StringIO(text)), 2))
        yield from _table(rows, path)
    elif path.suffix in {".jsonl", ".json"}:
        yield from _table(_json(text, path), path)
    else:
        raise InputError(
            f"Expected predictions in .scp, .jsonl, .json or .csv, got {path.name}; rename or"
            " convert it."
        )


def _json(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if path.suffix == ".json":
        try:
            whole = json.loads(text)
        except ValueError as error:
            raise InputError(f"{path} is not JSON: {error}.") from error
        if not isinstance(whole, list):
            raise InputError(f"Expected a list of rows in {path}, got {type(whole).__name__}.")
        rows: Iterable[tuple[int, Any]] = enumerate(whole, 1)
    else:
        rows = ((n, _loaded(line)) for n, line in enumerate(text.splitlines(), 1) if line.strip())
    for number, row in rows:
        yield number, row if isinstance(row, dict) else {"\0": "it is no JSON object"}


def _loaded(line: str) -> object:
    try:
        found: object = json.loads(line)
    except ValueError:
        return None
    return found


def _scp(text: str) -> Iterator[_Said]:
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words:
            continue
        place, name, values = f"line {number}", words[0], words[1:]
        names = {1: ("musicality",), len(AESTHETICS): AESTHETICS}.get(len(values))
        if names is None:
            fault = f"expected 1 or {len(AESTHETICS)} scores, got {len(values)}"
            yield _Said(place, name, {}, fault=fault)
            continue
        yield _scored(place, name, dict(zip(names, values, strict=True)))


def _table(rows: Iterable[tuple[int, dict[str, Any]]], path: Path) -> Iterator[_Said]:
    for number, row in rows:
        place = f"line {number}"
        if "\0" in row:
            yield _Said(place, "", {}, fault=str(row["\0"]))
        elif any(name in row for name in _TOOLKIT):
            yield from _toolkit(place, row)
        elif row.get("status") in {"ok", "error"} and "path" in row:
            yield _own(place, row)
        elif pair := next((name for name in PAIR_IDS if name in row), None):
            yield _pair(place, str(row[pair]), row)
        elif given := next((name for name in IDS if row.get(name) not in (None, "")), None):
            values = {
                name: value for name, value in row.items()
                if name not in IDS and name not in _BESIDE and name is not None and _numeric(value)
            }  # fmt: skip
            yield _scored(place, str(row[given]), values)
        else:
            raise InputError(
                f"{path}, {place}: expected an id ({', '.join(IDS)}; of a pair:"
                f" {', '.join(PAIR_IDS)}), got {', '.join(map(str, list(row)[:8])) or 'nothing'}."
            )


def _numeric(value: object) -> bool:
    """Tell a number, also one that is written as text, or none where one belongs."""
    if value is None or isinstance(value, int | float):
        return not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    try:
        float(value)
    except ValueError:
        return not value.strip()
    return True


def _scored(place: str, name: str, values: Mapping[str, Any]) -> _Said:
    scores: Scores = {}
    for key, value in values.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            return _Said(place, name, {}, fault="the prediction is no finite number")
        scores[key] = number
    if not scores:
        return _Said(place, name, {}, fault="the row holds no number")
    return _Said(place, name, scores)


def _own(place: str, row: Mapping[str, Any]) -> _Said:
    name = str(row["path"])
    if row["status"] == "error":
        kind = (row.get("error") or {}).get("type", "unknown")
        return _Said(place, name, {}, fault=f"not judged: {kind}")
    given = row.get("scores")
    if isinstance(given, dict):
        return _scored(place, name, {axis: one["value"] for axis, one in given.items()})
    kept = {axis: row[axis] for axis in row if axis in AESTHETICS or axis in ("streams", "likes")}
    return _scored(place, name, kept)  # the CSV of plaudit score


def _pair(place: str, name: str, row: Mapping[str, Any]) -> _Said:
    value = row.get("margin")
    if value in (None, ""):
        chance = row.get("probability")
        if not _numeric(chance) or chance in (None, ""):
            fault = "expected a margin or a probability of the first"
            return _Said(place, name, {}, pair=True, fault=fault)
        value = float(chance) - 0.5
    return _scored(place, name, {"margin": value})._replace(pair=True)


def _toolkit(place: str, row: Mapping[str, Any]) -> Iterator[_Said]:
    asked = (str(row.get("prompt") or "").strip(), str(row.get("lyrics") or "").strip())
    for column, end, valid in (("audio-path", "", "_a"), ("audio2", "_b", "_b")):
        name = str(row.get(column) or "")
        if not name:
            continue
        values = {
            said: row[f"{key}{end}"]
            for key, said in _TOOLKIT.items()
            if row.get(f"{key}{end}") is not None
        }
        if row.get(f"inference_valid{valid}") is False or not values:
            fault = "the toolkit could not judge it"
            yield _Said(place, name, {}, fault=fault, request=asked)
        else:
            yield _scored(place, name, values)._replace(request=asked)


def scp_text(answers: Answers, items: Iterable[str], n_scores: int) -> str:
    """Return answers as an ``.scp`` list.

    Parameters
    ----------
    answers : Answers
        Scores by item.
    items : iterable of str
        Ids, in order; those without scores are left out.
    n_scores : {1, 5}
        Track 1 has musicality, track 2 all five axes in their order.

    Returns
    -------
    str
        A line an item; numbers are written in full, so that reading them back gives the same.

    Raises
    ------
    InputError
        The scores lack an axis that the list needs.
    """
    axes = ("musicality",) if n_scores == 1 else AESTHETICS
    lines = []
    for one in items:
        row = answers.scores.get(one)
        if row is None:
            continue
        lacking = [axis for axis in axes if axis not in row]
        if lacking:
            raise InputError(f"An .scp list needs {', '.join(lacking)}, and the judge gives none.")
        lines.append(" ".join([one, *(repr(row[axis]) for axis in axes)]))
    return "\n".join(lines) + "\n" if lines else ""
