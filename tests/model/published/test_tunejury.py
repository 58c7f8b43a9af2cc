"""TuneJury gives the published numbers, with and without a prompt, and names what does not fit."""

from typing import Any

import numpy as np
import pytest
import torch

from filled import fill, golden, other_song, song, table, tensors, words
from plaudit.audio.resample import resample
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.model.published.procedure import Conditions, Part, Samples
from plaudit.model.published.tunejury import TuneJury, TuneJuryA1, _Head
from published_part import published_part

CPU = torch.device("cpu")
GOLDEN = golden("tunejury")
CASES = GOLDEN["end_to_end"]
TEXTS = golden("clap")["texts"]
CROP = GOLDEN["crop_start_48k_of_song_24.5"]
PREPROCESSOR = "preprocessor_config.json"
MERT: dict[str, Any] = {
    "model_type": "mert_model",
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "conv_dim": [32] * 7,
    "do_stable_layer_norm": True,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "attention_relax": 32.0,
    "deepnorm": False,
}
ROWS = {
    "clap": table("clap"),
    "mert": table("tunejury", "tensors-mert-small.tsv"),
    "head": table("tunejury", "tensors-head-small.tsv"),
}
PREFIX = {"clap": "clap/", "mert": "tunejury/mert/", "head": "tunejury/head/"}
PUBLISHED = {name: tensors(rows, PREFIX[name]) for name, rows in ROWS.items()}


def parts(
    normalize: bool | None = False, changed: dict[str, dict[str, torch.Tensor]] | None = None
) -> dict[str, Part]:
    config = dict(MERT)
    if normalize is not None:
        config[PREPROCESSOR] = {"do_normalize": normalize, "sampling_rate": 24_000}
    published = PUBLISHED | (changed or {})
    return {
        name: published_part(
            TuneJury.PARTS[name],
            published[name],
            config=config if name == "mert" else None,
            words=120 if name == "clap" else 0,
        )
        for name in PUBLISHED
    }


def a1_parts() -> dict[str, Part]:
    """The small CLAP under the full head, which hears nothing else."""
    head = tensors(table("tunejury", "tensors-head-A1.tsv"), "tunejury/A1/")
    return {
        "clap": published_part(TuneJuryA1.PARTS["clap"], PUBLISHED["clap"]),
        "head": published_part(TuneJuryA1.PARTS["head"], head),
    }


def samples(case: str) -> Samples:
    kind, seconds, rate = case.split("_")
    makers = {"song": [song], "other": [other_song], "stereo": [song, other_song]}[kind]
    made = np.stack([make(float(seconds), int(rate)) for make in makers])
    return {
        wanted: np.stack([resample(channel, int(rate), wanted) for channel in made]).mean(
            axis=0, keepdims=True, dtype=np.float32
        )
        for wanted in TuneJury.HEARING.rates
    }


@pytest.mark.parametrize("normalize", [True, False])
def test_scores_are_the_published_ones(normalize: bool) -> None:
    judges = [TuneJury(parts(normalize), CPU, crop_start=crop) for crop in (None, CROP)]
    for case, expected in CASES.items():
        judge = judges["24.5" in case]
        for prompt, score in expected["do_normalize" if normalize else "no_normalize"].items():
            text = None if prompt == "none" else words(TEXTS[prompt])
            heard = judge.score(samples(case), Conditions(prompt=text))
            np.testing.assert_allclose(heard.scores, [score], atol=5e-5, err_msg=case)
            assert heard.windows == ()


@pytest.mark.parametrize("name", ["full", "A1"])
def test_the_heads_of_full_size_give_the_published_scores(name: str) -> None:
    expected = GOLDEN["head_full"][name]
    width = expected["input_dim"]
    published = tensors(table("tunejury", f"tensors-head-{name}.tsv"), f"tunejury/{name}/")
    head = _Head(published_part(TuneJury.PARTS["head"], published), width, CPU)
    features = fill(f"tunejury/features/{name}", (4, width), gain=1.0) * 0.3 * np.sqrt(width)
    scores = np.concatenate([head(row.astype(np.float32)) for row in features])
    np.testing.assert_allclose(scores, expected["scores"], atol=1e-5)
    assert scores[0] - scores[1] == pytest.approx(expected["pair_0_1"], abs=1e-5)


def test_an_empty_prompt_is_none_at_all() -> None:
    judge = TuneJury(parts(), CPU)
    case = samples("song_3.0_24000")
    none, empty, some = (
        judge.score(case, Conditions(prompt=text)).scores[0] for text in (None, "", "t5")
    )
    assert none == empty != some


def test_the_only_audio_head_hears_each_clip() -> None:
    judge = TuneJuryA1(a1_parts(), CPU)
    long = samples("song_24.5_24000")
    heard = judge.score(long, Conditions())
    assert [(w.start_s, w.end_s) for w in heard.windows] == [(0, 10), (10, 20), (20, 24.5)]
    first = judge.score({48_000: long[48_000][:, :480_000]}, Conditions())
    assert first.scores == first.windows[0].scores == heard.windows[0].scores
    assert heard.scores != first.scores
    (clip,) = judge._clap.hear(long[48_000][0], CROP)
    cropped = TuneJuryA1(a1_parts(), CPU, crop_start=CROP).score(long, Conditions())
    assert cropped.scores == judge._head(clip.embedding)
    again = TuneJuryA1(a1_parts(), CPU).score(long, Conditions())
    np.testing.assert_array_equal(again.scores, heard.scores)


def test_tensors_of_no_effect_may_be_absent() -> None:
    kept = {name: part.tensors for name, part in parts().items()}
    for name, rows in ROWS.items():
        assert kept[name].keys() == {row.name for row in rows if row.role.startswith("used")}
    spoilt = {
        name: {n: v if n in kept[name] else v * 3 + 1 for n, v in PUBLISHED[name].items()}
        for name in PUBLISHED
    }
    case = samples("song_3.0_24000")
    scores = {
        float(TuneJury(made, CPU).score(case, Conditions(prompt="t5")).scores[0])
        for made in (parts(), parts(), parts(changed=spoilt))
    }
    assert len(scores) == 1


@pytest.mark.parametrize(
    ("part", "tensor"),
    [
        ("clap", "text_projection.2.bias"),
        ("mert", "encoder.pos_conv_embed.conv.weight_g"),
        ("mert", "encoder.layers.1.attention.k_proj.bias"),
        ("mert", "encoder.layer_norm.weight"),
        ("head", "net.0.weight"),
        ("head", "net.0.bias"),
        ("head", "net.13.running_var"),
        ("head", "net.16.bias"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(part: str, tensor: str) -> None:
    value = PUBLISHED[part][tensor]
    without = {n: v for n, v in PUBLISHED[part].items() if n != tensor}
    for change, message in (
        ({}, f"missing: {tensor}"),
        ({tensor + "s": value}, f"unexpected: {tensor}s"),
        ({tensor: value, "net.17.bias": value}, "unexpected: net.17.bias"),
        ({tensor: torch.cat([value, value])}, f"wrong shape: {tensor} is"),
        ({tensor: value * torch.nan}, f"not finite: {tensor}"),
    ):
        with pytest.raises(WeightsError) as error:
            TuneJury(parts(changed={part: without | change}), CPU)
        assert message in str(error.value)


def test_the_heads_are_not_exchanged() -> None:
    a1 = tensors(table("tunejury", "tensors-head-A1.tsv"), "tunejury/A1/")
    with pytest.raises(WeightsError, match=r"net\.0\.weight is \(1024, 512\), expected \(1024, 10"):
        TuneJury(parts(changed={"head": a1}), CPU)
    swapped = a1_parts() | {"head": parts()["head"]}
    with pytest.raises(WeightsError, match=r"net\.0\.weight is \(64, 1088\), expected \(64, 512\)"):
        TuneJuryA1(swapped, CPU)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"deepnorm": True}, "deepnorm"),
        ({"model_type": None}, "model_type"),
        ({"num_attention_heads": 5}, "num_attention_heads 5 does not divide"),
        ({"hidden_size": "wide"}, "hidden_size"),
        ({PREPROCESSOR: {"do_normalize": "no"}}, "do_normalize"),
        ({PREPROCESSOR: {"sampling_rate": 16_000}}, "sampling_rate"),
        ({PREPROCESSOR: 3}, "must hold a JSON object"),
    ],
)
def test_a_wrong_configuration_names_its_key(change: dict[str, Any], message: str) -> None:
    made = parts()
    made["mert"] = published_part(TuneJury.PARTS["mert"], PUBLISHED["mert"], config=MERT | change)
    with pytest.raises(WeightsError, match=message):
        TuneJury(made, CPU)


def test_what_is_assumed_without_a_preprocessor_is_on_the_card() -> None:
    (beside,) = TuneJury.PARTS["mert"].beside
    assert beside.file == PREPROCESSOR
    assert "do_normalize was assumed false" in beside.without
    case = samples("song_3.0_24000")
    absent, false, true = (
        TuneJury(parts(normalize), CPU).score(case, Conditions()).scores
        for normalize in (None, False, True)
    )
    assert absent == false != true


def test_a_prompt_without_a_tokenizer_is_refused() -> None:
    made = parts()
    made["clap"] = published_part(TuneJury.PARTS["clap"], PUBLISHED["clap"])
    judge = TuneJury(made, CPU)
    case = samples("song_3.0_24000")
    assert np.isfinite(judge.score(case, Conditions()).scores).all()
    with pytest.raises(InputError, match="without a tokenizer"):
        judge.score(case, Conditions(prompt="t5"))
