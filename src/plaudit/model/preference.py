"""A fitted model of preference: which of two songs people prefer, from features of both.

It is a folder with ``card.json`` (training data and metrics) and ``model.safetensors`` (plain
arrays: nothing is executed on loading). ``plaudit train-preference`` makes it
(`plaudit.training.preference_fit`); here it is read with NumPy alone.

Every model sees the difference ``d`` of the songs' features, each divided by its scale, and has an
odd margin, ``m(-d) = -m(d)``: the probability becomes one minus itself when the songs are swapped.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from plaudit.core.choice import PREFERENCE_KINDS, Calibration, PreferenceKind
from plaudit.core.errors import InputError, MissingFileError
from plaudit.core.folder import check_folder, standing, whole_folder
from plaudit.core.option_source import OptionSources
from plaudit.core.settings import Record, load_json
from plaudit.model.preference_arrays import fault_of

Floats = NDArray[np.float64]
_Count = Annotated[int, Field(ge=0)]
Arrays = dict[str, NDArray[np.float64]]
MODELS = PREFERENCE_KINDS
CARD, WEIGHTS = "card.json", "model.safetensors"
OLD = "Its chances have no interval: a former version trained it; train it again."
NOT_SHOWN = "Not shown to be better than chance: its AUC may be .5 or below."


class PreferenceJudge(Record):
    """The judge whose scores are the features."""

    name: str
    version: str
    hash: str


class PreferenceMetric(Record):
    """One measure on held-out battles, with its 95 % interval."""

    measure: str
    value: float | None
    low: float | None
    high: float | None
    constant: float | None
    n: _Count


class PreferenceData(Record):
    """A file or store that a model was fitted to."""

    name: str
    sha256: str


class StatedChance(Record):
    """A chance of the favourite in [.5, 1], with its 95 % interval in [0, 1]."""

    chance: float
    low: float
    high: float


class PreferenceCalibration(Record):
    """What the chances of a model rest on: battles predicted by fits to other battles."""

    n_effective: float  #: Independent battles that tell as much; battles of a group tell less.
    favourite_won: float | None  #: Share of the battles, in [0, 1]; None without favourites.
    mean: StatedChance  #: Mean over the battles.
    largest: StatedChance  #: The largest that the model can state.
    reason: str | None  #: Why the model is not calibrated; None where it is.


class PreferenceAnchors(Record):
    """One intercept for each system, which corrects chances (`plaudit.training.anchor`)."""

    battles: PreferenceData  #: Battles that they were fitted to.
    n: _Count  #: Decided ones among them.
    pinned: str | None  #: System whose intercept was set to 0.
    intercept: dict[str, float]  #: To be subtracted from the log-odds of a song, by its system.


class PreferenceCard(Record):
    """What a model of preference is, its training data and metrics.

    ``features`` are in the order of the model: axes of a judge, or places of an embedding.
    ``dropped`` counts skipped battles by reason. ``metrics`` come from folds that share no group
    with the battles fitted to. ``calibrated`` is None in cards of format version 1, whose chances
    have no interval. ``anchors`` is None where none were fitted.
    """

    format_version: Literal[2] = 2
    plaudit: str
    model: PreferenceKind
    calibration: Calibration
    features: tuple[str, ...] = Field(min_length=1)
    judge: PreferenceJudge | None
    battles: PreferenceData
    scores: PreferenceData | None
    embeddings: PreferenceData | None = None
    n_decided: _Count
    n_ties: _Count
    n_neither: _Count
    dropped: dict[str, _Count]
    groups: str
    n_groups: _Count
    seed: int
    option_sources: OptionSources = Field(default_factory=dict)
    metrics: tuple[PreferenceMetric, ...]
    calibrated: PreferenceCalibration | None = None
    anchors: PreferenceAnchors | None = None
    weights_sha256: str = ""

    @property
    def better_than_chance(self) -> bool:
        """Whether the interval of its AUC lies above .5; False where there is none."""
        auc = next((metric for metric in self.metrics if metric.measure == "auc"), None)
        return auc is not None and auc.low is not None and auc.low > 0.5

    @property
    def doubt(self) -> str:
        """What a reader of its chances must know: not calibrated, not better than chance; or ""."""
        reason = self.calibrated.reason if self.calibrated is not None else OLD
        return " ".join(filter(None, [reason, "" if self.better_than_chance else NOT_SHOWN]))


class Curve(NamedTuple):
    """The chance of the favourite by the size of the margin; it is flat beyond the last."""

    margin: Floats  #: Rising sizes, (k,).
    chance: Floats  #: Rising chances in [.5, 1], (k,).
    #: Ends of the 95 % interval in [0, 1], (k,); nan in models of format version 1.
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class PreferenceModel:
    """A fitted model of preference."""

    model: str  #: Kind.
    scale: Floats  #: (d,) divisor of the differences.
    #: Parameters: ``weight`` (d,); ``waves`` (d, n_waves) and ``weight``; ``node`` (n_nodes, 5)
    #: with feature or -1 for a leaf, threshold, left, right and value, and ``start`` (n_trees,);
    #: ``inner`` (d, n_units) and ``outer`` (n_units,).
    arrays: Arrays
    slope: float = 1.0  #: Factor on margins.
    curve: Curve | None = None  #: Calibration; None for the logistic function of the margin.
    calibrated: PreferenceCalibration | None = None  #: What the curve rests on.

    def margin(self, features_first: ArrayLike, features_second: ArrayLike) -> Floats:
        """Return the margins, above 0 where the first song is favoured, (n,)."""
        first, second = features_of(features_first, features_second)
        if first.shape[1] != len(self.scale):
            raise InputError(
                f"Expected {len(self.scale)} features a song, as in training, got {first.shape[1]}."
            )
        return self.slope * odd_margin(self.model, self.arrays, (first - second) / self.scale)

    def probability(self, features_first: ArrayLike, features_second: ArrayLike) -> Floats:
        """Return the probability (n,) that the first song is preferred, from features (n, d)."""
        return self.chances(self.margin(features_first, features_second))[0]

    def interval(
        self, features_first: ArrayLike, features_second: ArrayLike
    ) -> tuple[Floats, Floats]:
        """Return the ends (n,) of the 95 % intervals of `probability`; nan where none is known."""
        _, low, high = self.chances(self.margin(features_first, features_second))
        return low, high

    def chances(self, margin: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Return the probability of the first song at margins (n,), and both ends, (n,) each."""
        m = np.asarray(margin, np.float64)
        if self.curve is None:
            return chance(m), np.full(m.shape, np.nan), np.full(m.shape, np.nan)
        favourite, low, high = (
            np.asarray(np.interp(np.abs(m), self.curve.margin, line), np.float64)
            for line in self.curve[1:]
        )
        favourite, first = np.where(m == 0, 0.5, favourite), m >= 0
        # From .5 up, one minus a number is exact, so that both sides add up to exactly 1.
        return (
            np.where(first, favourite, 1 - favourite),
            np.where(first, low, 1 - high),
            np.where(first, high, 1 - low),
        )

    def parts(self, first: ArrayLike, second: ArrayLike) -> Floats:
        """Return the contribution of each feature to the margin.

        Those of a logistic regression add up to the margin. For any other model, each is the change
        of the margin if the songs were equal in that feature alone.

        Parameters
        ----------
        first, second : array_like, (d,)
            Features of both songs.

        Returns
        -------
        ndarray of float64, (d,)
            Above 0 where a feature favours the first.
        """
        a, b = features_of(np.asarray(first)[np.newaxis], np.asarray(second)[np.newaxis])
        d = ((a - b) / self.scale)[0]
        if self.model == "logistic":
            return np.asarray(self.slope * self.arrays["weight"] * d, np.float64)
        without = np.where(np.eye(len(d), dtype=bool), 0.0, d)
        whole = odd_margin(self.model, self.arrays, d[np.newaxis])
        return self.slope * (whole - odd_margin(self.model, self.arrays, without))


def chance(margin: ArrayLike) -> Floats:
    """Return the probability of the first song (n,) for margins (n,) that are logits."""
    from scipy.special import expit

    m = np.asarray(margin, np.float64)
    favourite = expit(np.abs(m))
    return np.asarray(np.where(m >= 0, favourite, 1 - favourite), np.float64)


def shifted(probability: float, shift: float) -> float:
    """Return a probability with ``shift`` added to its log-odds; 0, 1 and nan stay.

    One minus a probability, with minus the shift, gives exactly one minus the result.
    """
    favourite = max(probability, 1 - probability)
    if not 0.5 <= favourite < 1:
        return probability
    odds = math.copysign(math.log(favourite / (1 - favourite)), probability - 0.5)
    return float(chance([odds + shift])[0])


def odd_margin(model: str, arrays: Mapping[str, Floats], d: Floats) -> Floats:
    """Return margins (n,) of scaled differences (n, d), before any slope."""
    if model == "logistic":
        return _product(d, arrays["weight"])
    if model == "svm":
        return _product(fourier_features(d, arrays["waves"]), arrays["weight"])
    if model == "net":
        return _product(np.tanh(_product(d, arrays["inner"])), arrays["outer"])
    node, start = arrays["node"], arrays["start"].astype(np.intp)
    return np.asarray((_tree_sum(node, start, d) - _tree_sum(node, start, -d)) / 2, np.float64)


def fourier_features(d: Floats, waves: Floats) -> Floats:
    """Return odd random Fourier features (n, n_waves + d) of scaled differences (n, d)."""
    n_waves = waves.shape[1]
    sines = np.sin(_product(d, waves)) * np.sqrt(2 / n_waves)
    return np.concatenate([sines, d / np.sqrt(len(waves))], axis=1)


def _product(rows: Floats, weights: Floats) -> Floats:
    """Return the matrix product, each row by itself."""
    # BLAS adds in another order for other numbers of rows: a pair would depend on the others.
    return np.asarray(np.einsum("nd,d...->n...", rows, weights), np.float64)


def _tree_sum(node: Floats, start: NDArray[np.intp], d: Floats) -> Floats:
    """Return the sum (n,) of the leaves that scaled differences (n, d) reach in all trees."""
    feature = node[:, 0].astype(np.intp)
    left, right = node[:, 2].astype(np.intp), node[:, 3].astype(np.intp)
    row = np.arange(len(d))
    total = np.zeros(len(d))
    for root in start.tolist():
        at = np.full(len(d), root, dtype=np.intp)
        inside = feature[at] >= 0
        while inside.any():
            goes_left = d[row, feature[at]] <= node[at, 1]
            at = np.where(inside, np.where(goes_left, left[at], right[at]), at)
            inside = feature[at] >= 0
        total += node[at, 4]
    return total


def features_of(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    """Return the features of both songs, checked: (n, d) each, finite."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.ndim != 2 or a.shape != b.shape:
        raise InputError(
            f"Expected as many features of the first songs as of the second, (n, d) each, got"
            f" {a.shape} and {b.shape}."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise InputError("Expected finite features of songs; leave out songs that have none.")
    return a, b


@dataclass(frozen=True, eq=False)
class Preference:
    """A model of preference with its card."""

    card: PreferenceCard
    model: PreferenceModel

    def shift(self, first_system: str | None, second_system: str | None) -> float:
        """Return what the systems of two songs add to the log-odds of the first.

        The intercept of a system that is not known is 0.
        """
        if self.card.anchors is None:
            raise InputError(
                "This model of preference has no anchors to correct for systems; train it with"
                " --anchors."
            )
        first, second = (
            self.card.anchors.intercept.get(name or "", 0.0)
            for name in (first_system, second_system)
        )
        return second - first


def check_preference_folder(folder: Path, inputs: Iterable[Path | None] = ()) -> bool:
    """Make sure that a model may be written there; return whether it replaces one."""
    names, mark = (CARD, WEIGHTS), (CARD, b'"n_decided"')
    return check_folder(folder, names, mark, "a model of preference", inputs)


def write_preference(folder: Path, card: PreferenceCard, model: PreferenceModel) -> PreferenceCard:
    """Write a model of preference, whole or not at all, and return its card with its hash."""
    from safetensors.numpy import save

    check_preference_folder(folder)
    arrays = {f"model.{name}": value for name, value in model.arrays.items()}
    arrays |= {"scale": model.scale, "slope": np.array([model.slope])}
    if model.curve is not None:
        arrays |= {f"steps.{name}": line for name, line in model.curve._asdict().items()}
    content = save({k: np.ascontiguousarray(v, np.float64) for k, v in arrays.items()})
    card = card.model_copy(
        update={
            "weights_sha256": hashlib.sha256(content).hexdigest(),
            "calibrated": model.calibrated,
        }
    )
    with whole_folder(folder) as new:
        (new / WEIGHTS).write_bytes(content)
        (new / CARD).write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return card


def load_preference(folder: Path) -> Preference:
    """Load a model of preference and its card from the folder of ``plaudit train-preference``.

    Raises
    ------
    MissingFileError
        A file is not there.
    InputError
        The card cannot be read, or the arrays are not those of the model that it describes.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = standing(folder)
    for name in (CARD, WEIGHTS):
        if not (folder / name).is_file():
            raise MissingFileError(
                f"Expected a model of preference in {folder}, but {name} is not there; make one"
                " with plaudit train-preference."
            )
    card = load_json(PreferenceCard, folder / CARD)
    content = (folder / WEIGHTS).read_bytes()
    if hashlib.sha256(content).hexdigest() != card.weights_sha256:
        raise InputError(f"{folder / WEIGHTS} is not what its card names; make the model again.")
    try:
        loaded = load(content)
    # NumPy has no type for some of safetensors' own.
    except (SafetensorError, KeyError, TypeError) as error:
        raise InputError(f"{folder / WEIGHTS} is no safetensors file ({error}).") from error
    wrong = fault_of(card.model, len(card.features), loaded)
    if wrong is not None:
        raise InputError(f"{folder / WEIGHTS} is damaged: {wrong}; make the model again.")
    tensors = {name: np.asarray(value, np.float64) for name, value in loaded.items()}
    arrays = {k.removeprefix("model."): v for k, v in tensors.items() if k.startswith("model.")}
    slope = float(tensors["slope"][0])
    model = PreferenceModel(
        card.model, tensors["scale"], arrays, slope, _curve(tensors), card.calibrated
    )
    return Preference(card, model)


def _curve(tensors: Mapping[str, Floats]) -> Curve | None:
    lines = [tensors.get(f"steps.{name}") for name in Curve._fields]
    if lines[0] is None or lines[1] is None:
        return None
    unknown = np.full(lines[0].shape, np.nan)
    return Curve(lines[0], lines[1], *(unknown if line is None else line for line in lines[2:]))
