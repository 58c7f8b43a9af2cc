"""MuQ-MuLan gives the numbers of the published code, and refuses weights that do not fit."""

import re
from typing import Any

import numpy as np
import pytest
import torch

from filled import golden, other_song, song, table, words
from mulan_parts import kept, mulan_config, part, published, tokenizer
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.model.published.mulan import Mulan
from plaudit.model.published.procedure import Conditions, Samples

CPU = torch.device("cpu")
FILES = Mulan.PARTS["model"]
GOLDEN = golden("muqmulan")
SIGNALS = {"song": song, "other": other_song}

Tensors = dict[str, torch.Tensor]


def judge_of(named: Tensors, **changes: Any) -> Mulan:
    config = {**mulan_config(), **changes}
    return Mulan({"model": part(named, config, tokenizer())}, CPU)


def samples(case: str) -> Samples:
    kind, seconds = case.split("_")
    return {24_000: SIGNALS[kind](float(seconds))[None]}


def alignment(judge: Mulan, case: str, text: str) -> float:
    heard = judge.score(samples(case), Conditions(prompt=words(GOLDEN["texts"][text])))
    return float(heard.scores[0])


@pytest.fixture(scope="module")
def whole() -> Tensors:
    return published("muqmulan", "tensors-small.tsv")


@pytest.fixture(scope="module")
def used(whole: Tensors) -> Tensors:
    return kept(whole, FILES)


@pytest.fixture(scope="module")
def judge(used: Tensors) -> Mulan:
    return judge_of(used)


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_it_gives_the_published_similarities(judge: Mulan, case: str) -> None:
    expected = GOLDEN["cases"][case]["similarity"]
    got = {text: alignment(judge, case, text) for text in expected}
    assert got == pytest.approx(expected, abs=1e-5)


def test_its_windows_are_clips_of_ten_seconds_whose_mean_is_the_score(judge: Mulan) -> None:
    prompt = Conditions(prompt="t10 t57")
    heard = judge.score(samples("song_24.5"), prompt)
    assert [(w.start_s, w.end_s) for w in heard.windows] == [(0, 10), (10, 20), (20, 24.5)]
    np.testing.assert_allclose(
        np.mean([window.scores for window in heard.windows], axis=0), heard.scores, atol=1e-6
    )
    first = judge.score({24_000: song(24.5)[None, :240_000]}, prompt)
    np.testing.assert_allclose(first.scores, heard.windows[0].scores, atol=1e-6)


def test_a_song_scores_the_same_again_and_after_others(judge: Mulan) -> None:
    before = alignment(judge, "song_3.0", "short")
    alignment(judge, "other_10.0", "long")
    assert alignment(judge, "song_3.0", "short") == before


@pytest.mark.parametrize("size", ["small", "full"])
def test_just_the_tensors_without_effect_are_left_out(size: str) -> None:
    rows = table("muqmulan", f"tensors-{size}.tsv")
    names = {row.name: torch.zeros(0) for row in rows}
    counted = {row.name for row in rows if row.has_effect and not row.fill.startswith("kept")}
    assert set(kept(names, FILES)) == counted


def test_tensors_without_effect_may_be_there_or_absent(whole: Tensors, judge: Mulan) -> None:
    more = {**whole, "mulan.text.model.embeddings.position_ids": torch.arange(66)[None]}
    again = judge_of(kept(more, FILES))
    assert alignment(again, "song_3.0", "long") == alignment(judge, "song_3.0", "long")


def test_tensors_are_demanded_by_their_published_names(used: Tensors) -> None:
    for name in sorted(used)[::6]:
        others = {n: t for n, t in used.items() if n != name}
        with pytest.raises(WeightsError, match=f"missing: .*{re.escape(name)}"):
            judge_of(others)


NAMES = [
    "mulan.audio.model.model.conv.conv.1.conv2.weight",
    "mulan.audio.model.model.conformer.layers.1.ffn2.output_dense.bias",
    "mulan.audio.proj.weight",
    "mulan.text.model.encoder.layer.1.output.LayerNorm.bias",
    "mulan.text.transformer.layers.0.0.q_scale",
    "mulan.audio_to_latents.weight",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_renamed_extra_or_wrongly_shaped_tensor_is_named(used: Tensors, name: str) -> None:
    others = {n: t for n, t in used.items() if n != name}
    with pytest.raises(WeightsError, match=f"missing: {name}.*unexpected: {name}_2"):
        judge_of({**others, f"{name}_2": used[name]})
    with pytest.raises(WeightsError, match=f"unexpected: {name}_2"):
        judge_of({**used, f"{name}_2": used[name]})
    with pytest.raises(WeightsError, match=f"wrong shape: {name}"):
        judge_of({**used, name: used[name][:-1]})
    with pytest.raises(WeightsError, match=f"not finite: {name}"):
        judge_of({**used, name: torch.full_like(used[name], torch.nan)})


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("mulan", "dim_latent", None, "mulan.dim_latent"),
        ("mulan", "sr", 16_000, "mulan.sr"),
        ("mulan", "clip_secs", 0, "mulan.clip_secs"),
        ("mulan", "dim_latent", 33, "mulan.audio_to_latents.weight"),
        ("audio_model", "model_dim", 96, "wrong shape: mulan.audio.model.model"),
        ("audio_model", "use_layer_idx", 6, "audio_model.use_layer_idx"),
        ("text_model", "model_dim", 96, "text_model.model_dim"),
        ("text_transformer", "tf_depth", None, "text_transformer.tf_depth"),
        ("text_transformer", "tf_depth", 3, "missing: mulan.text.transformer.layers.2"),
        ("audio_transformer", "tf_depth", 1, "unexpected: mulan.audio.transformer.layers.1"),
        ("audio_transformer", "dim_head", 8, "mulan.audio.transformer.layers.0.0.q_scale"),
    ],
)
def test_settings_that_are_missing_or_do_not_fit_are_named(
    used: Tensors, section: str, key: str, value: object, message: str
) -> None:
    changed = dict(mulan_config()[section])
    changed.pop(key)
    if value is not None:
        changed[key] = value
    with pytest.raises(WeightsError, match=message):
        judge_of(used, **{section: changed})


def test_the_length_of_its_clips_comes_from_the_settings(used: Tensors, judge: Mulan) -> None:
    shorter = judge_of(used, mulan={"dim_latent": 32, "clip_secs": 5})
    heard = shorter.score(samples("song_10.0"), Conditions(prompt=""))
    assert [(w.start_s, w.end_s) for w in heard.windows] == [(0, 5), (5, 10)]
    assert heard.scores[0] != pytest.approx(alignment(judge, "song_10.0", "none"), abs=1e-4)


def test_a_song_without_a_prompt_has_no_score(judge: Mulan) -> None:
    with pytest.raises(InputError, match="give it a prompt"):
        judge.score(samples("song_3.0"), Conditions(lyrics="t10"))


def test_without_a_tokenizer_no_prompt_is_read(used: Tensors) -> None:
    judge = Mulan({"model": part(used, mulan_config())}, CPU)
    with pytest.raises(InputError, match=r"without a tokenizer\.json"):
        judge.score(samples("song_3.0"), Conditions(prompt="t10"))


def test_a_prompt_that_is_too_long_or_of_another_tokenizer_is_refused(
    used: Tensors, judge: Mulan
) -> None:
    judge.score(samples("song_3.0"), Conditions(prompt=" ".join(["t7"] * 62)))
    with pytest.raises(InputError, match="has 65 tokens, but the judge reads at most 64"):
        judge.score(samples("song_3.0"), Conditions(prompt=" ".join(["t7"] * 63)))
    other = Mulan({"model": part(used, mulan_config(), tokenizer(130))}, CPU)
    with pytest.raises(WeightsError, match=r"gave the token 125.*knows 120"):
        other.score(samples("song_3.0"), Conditions(prompt="t125"))
