"""Audiobox Aesthetics gives the published numbers, and names what does not fit."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from filled import golden, other_song, song, table, tensors
from plaudit.encoders.promise import WeightsError
from plaudit.model.published.audiobox import Audiobox
from plaudit.model.published.procedure import Conditions, Part, Samples
from published_part import published_part

CPU = torch.device("cpu")
FILES = Audiobox.PARTS["model"]
CASES = golden("audiobox")["cases"]
SHORT = ("CE", "CU", "PC", "PQ")
SCALES = {"CE": (5.06865, 1.93029), "CU": (5.73633, 1.75669), "PC": (3.18591, 1.86637),
          "PQ": (6.57505, 1.51466)}  # fmt: skip
CONFIG: dict[str, Any] = {
    "proj_num_layer": 5,
    "proj_ln": True,
    "target_transform": {axis: {"mean": m, "std": s} for axis, (m, s) in SCALES.items()},
}
ROWS = table("audiobox")
PUBLISHED = tensors(ROWS, "audiobox/")


def part(
    changed: dict[str, torch.Tensor] | None = None, config: dict[str, Any] | None = None
) -> Part:
    return published_part(FILES, changed or PUBLISHED, config=config or CONFIG)


def samples(case: str) -> Samples:
    kind, seconds, rate = case.split("_")
    make = other_song if kind == "other" else song
    return {16_000: make(float(seconds), int(rate))[None]}


@pytest.fixture(scope="module")
def judge() -> Audiobox:
    return Audiobox({"model": part()}, CPU)


def scores(judge: Audiobox, heard: Samples) -> NDArray[np.float64]:
    return judge.score(heard, Conditions()).scores


@pytest.mark.parametrize("case", [name for name in CASES if name.endswith("16000")])
def test_it_gives_the_published_scores(case: str, judge: Audiobox) -> None:
    expected = CASES[case]
    heard = judge.score(samples(case), Conditions())
    assert list(heard.scores) == pytest.approx([expected["scores"][a] for a in SHORT], abs=1e-5)
    raw = np.array([expected["windows_before_transform"][a] for a in SHORT])
    scale = np.array([SCALES[axis] for axis in SHORT])
    windows = np.array([window.scores for window in heard.windows]).T
    np.testing.assert_allclose(windows, raw * scale[:, 1:] + scale[:, :1], atol=1e-5)
    lengths = [(window.end_s - window.start_s) / 10 for window in heard.windows]
    assert lengths == pytest.approx(expected["weights"])
    np.testing.assert_array_equal(scores(judge, samples(case)), heard.scores)


def test_one_sample_is_a_window(judge: Audiobox) -> None:
    heard = judge.score({16_000: np.full((1, 160_001), 0.1, np.float32)}, Conditions())
    assert len(heard.windows) == 2
    assert np.isfinite(heard.scores).all()


def test_just_the_tensors_without_effect_are_left_out() -> None:
    for size in ("small", "full"):
        rows = table("audiobox", f"tensors-{size}.tsv")
        kept = published_part(FILES, {row.name: torch.zeros(0) for row in rows}).tensors
        assert set(kept) == {row.name for row in rows if row.has_effect}


# Of layers and axes that are alike, one.
ALIKE = (".layers.1.", ".CU.", ".PC.", ".PQ.")


@pytest.mark.parametrize(
    "name",
    [row.name for row in ROWS if row.has_effect and not any(word in row.name for word in ALIKE)],
)
def test_each_tensor_is_demanded(name: str) -> None:
    without = {other: value for other, value in PUBLISHED.items() if other != name}
    with pytest.raises(WeightsError, match=r"missing: |expected ") as refused:
        Audiobox({"model": part(without)}, CPU)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target_transform": {"CE": {"mean": 1, "std": 1}}}, r"target_transform\.CU"),
        ({"target_transform": {"CE": {"mean": 1}}}, r"target_transform\.CE\.std"),
        ({"proj_num_layer": 4}, "proj_num_layer"),
        ({"normalize_embed": False}, "normalize_embed"),
    ],
)
def test_settings_that_do_not_fit_are_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(WeightsError, match=said):
        Audiobox({"model": part(config={**CONFIG, **change})}, CPU)


def test_the_scale_of_its_settings_counts(judge: Audiobox) -> None:
    other = {**CONFIG, "target_transform": {a: {"mean": 0, "std": 1} for a in SHORT}}
    plain = scores(Audiobox({"model": part(config=other)}, CPU), samples("song_3.0_16000"))
    scale = np.array([SCALES[axis] for axis in SHORT])
    expected = plain * scale[:, 1] + scale[:, 0]
    np.testing.assert_allclose(scores(judge, samples("song_3.0_16000")), expected, atol=1e-9)
