"""CLAP score is what LAION's own code computes, and the same each time."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from filled import JUDGES, golden, other_song, song, table, tensors, word_tokenizer, words
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.clap import CLIP_SAMPLES, cuts, filled, quantised
from plaudit.encoders.tokens import Tokenizer
from plaudit.model.published.clap import CLAP_FILES, Clap
from plaudit.model.published.procedure import Conditions, Part
from published_part import published_part

CPU = torch.device("cpu")
RATE = 48_000
GOLDEN = golden("clap")
CASES = GOLDEN["cases"]
ROWS = table("clap")
PUBLISHED = tensors(ROWS, "clap/")
VOCABULARY = 120


def part(changed: dict[str, torch.Tensor] | None = None) -> Part:
    return published_part(CLAP_FILES, PUBLISHED if changed is None else changed, words=VOCABULARY)


def samples(case: str) -> dict[int, np.ndarray]:
    make = other_song if case.startswith("other") else song
    return {RATE: make(float(case.split("_")[1]), RATE)[None]}


def prompt(name: str) -> Conditions:
    return Conditions(prompt=words(GOLDEN["texts"][name]))


@pytest.fixture(scope="module")
def judge() -> Clap:
    return Clap({"model": part()}, CPU)


@pytest.mark.parametrize("case", CASES)
def test_cosines_are_the_published_ones(case: str, judge: Clap) -> None:
    expected = CASES[case]
    cropped = expected["samples"] > CLIP_SAMPLES
    heard_by = Clap({"model": part()}, CPU, crop_start=expected["crop_start"]) if cropped else judge
    for name in GOLDEN["texts"] if case == "song_3.0" else ("short",):
        heard = heard_by.score(samples(case), prompt(name))
        np.testing.assert_allclose(heard.scores, [expected["cosine"][name]], atol=1e-6)
        assert heard.windows[0].scores == heard.scores
        assert heard.windows[0].start_s == expected["crop_start"] / RATE


def test_embeddings_and_log_mel_are_the_published_ones(judge: Clap) -> None:
    stored = np.load(JUDGES / "clap" / "small.npz")
    encoder = judge._encoder
    for name, ids in GOLDEN["texts"].items():
        np.testing.assert_allclose(encoder.read(ids), stored[f"text/{name}"], atol=2e-6)
    for case in ("song_7.0", "other_10.0"):
        (clip,) = encoder.hear(samples(case)[RATE][0])
        np.testing.assert_allclose(clip.embedding, stored[f"audio/{case}"], atol=2e-6)
        # Without quantisation it is another one.
        assert np.abs(clip.embedding - stored[f"audio_not_quantised/{case}"]).max() > 1e-5
    mel = encoder._log_mel(filled(quantised(samples("song_3.0")[RATE][0])))[0, 0].numpy()
    expected = stored["logmel_song_3.0_frames"]
    assert list(mel.shape) == GOLDEN["logmel_shape"][2:]
    distance = np.abs(mel[:, None] - expected[None]).max(axis=2).min(axis=0)
    np.testing.assert_array_less(distance, 2e-3)  # decibels; theirs is float32


def test_a_long_song_is_the_mean_of_its_clips_weighed_by_seconds(judge: Clap) -> None:
    long = samples("song_24.5")
    heard = judge.score(long, prompt("short"))
    assert [(w.start_s, w.end_s) for w in heard.windows] == [(0, 10), (10, 20), (20, 24.5)]
    clips = judge._encoder.hear(long[RATE][0])
    for clip, window in zip(clips, heard.windows, strict=True):
        alone = judge.score({RATE: long[RATE][:, clip.start : clip.stop]}, prompt("short"))
        np.testing.assert_array_equal(alone.scores, window.scores)
    mean = sum(c.embedding * (c.stop - c.start) for c in clips)
    text = judge._encoder.read(GOLDEN["texts"]["short"])
    np.testing.assert_allclose(heard.scores, [mean @ text / np.linalg.norm(mean)], atol=1e-6)
    # A rest of one sample is no fourth of the song.
    longer = np.pad(long[RATE][:, :CLIP_SAMPLES], ((0, 0), (0, 1)))
    whole = judge.score({RATE: long[RATE][:, :CLIP_SAMPLES]}, prompt("short"))
    np.testing.assert_allclose(
        judge.score({RATE: longer}, prompt("short")).scores, whole.scores, atol=1e-5
    )


def test_the_same_song_has_the_same_score_each_time(judge: Clap) -> None:
    again = Clap({"model": part()}, CPU)
    first = judge.score(samples("other_10.0"), prompt("long"))
    for other in (judge, again):
        np.testing.assert_array_equal(
            other.score(samples("other_10.0"), prompt("long")).scores, first.scores
        )


def test_tensors_of_no_effect_are_the_only_ones_that_may_be_absent(judge: Clap) -> None:
    kept = part().tensors
    assert kept.keys() == {row.name for row in ROWS if row.role.startswith("used")}
    assert {name for name in PUBLISHED if name not in kept} != set()
    spoilt = {n: v if n in kept else v * 3 + 1 for n, v in PUBLISHED.items()}
    spoilt["text_branch.embeddings.position_ids"] = torch.zeros(1, 90, dtype=torch.int64)
    spoilt["audio_branch.layers.1.blocks.1.attn_mask"] = torch.ones(16, 64, 64)
    heard = Clap({"model": part(spoilt)}, CPU).score(samples("song_3.0"), prompt("short"))
    plain = judge.score(samples("song_3.0"), prompt("short"))
    np.testing.assert_array_equal(heard.scores, plain.scores)


# One of five, and those that sizes are read from.
SOME = [*part().tensors][::12] + [n for n in part().tensors if n.endswith((".bias", "table"))][:4]


def test_a_missing_tensor_is_named() -> None:
    for name in SOME:
        broken = {k: v for k, v in PUBLISHED.items() if k != name}
        with pytest.raises(WeightsError) as error:
            Clap({"model": part(broken)}, CPU)
        assert f"missing: {name}" in str(error.value)


# Their size is that of a vocabulary, of positions, of heads in a stage of one block: no other
# tensor of a small network has it.
_ALONE = ("word_embeddings.weight", "position_embeddings.weight")


def test_a_tensor_of_a_wrong_shape_is_named() -> None:
    for name in {*SOME, *(n for n in part().tensors if "embeddings" in n or "projection" in n)}:
        value = PUBLISHED[name]
        longer = torch.cat([value, value[-1:]])
        changed = {**PUBLISHED, name: longer}
        if name.endswith(_ALONE):
            changed[name] = longer = torch.cat([value, value[:, -1:]], dim=1)
        with pytest.raises(WeightsError) as error:
            Clap({"model": part(changed)}, CPU)
        assert f"{name} is {tuple(longer.shape)}, expected {tuple(value.shape)}" in str(error.value)


def _rename(t: dict[str, Any]) -> None:
    t["audio_branch.layers.0.blocks.0.attn.query.weight"] = t.pop(
        "audio_branch.layers.0.blocks.0.attn.qkv.weight"
    )


def _add(t: dict[str, Any]) -> None:
    t["text_branch.encoder.layer.2.output.dense.bias"] = torch.zeros(48)


def _spoil(t: dict[str, Any]) -> None:
    t["audio_projection.2.bias"] = torch.full((512,), torch.inf)


def _split_heads(t: dict[str, Any]) -> None:
    name = "audio_branch.layers.0.blocks.0.attn.relative_position_bias_table"
    t[name] = torch.zeros(225, 3)


def _empty(t: dict[str, Any]) -> None:
    t.clear()


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_rename, r"missing: audio_branch\.layers\.0\.blocks\.0\.attn\.qkv\.weight; unexpected: "
                  r"audio_branch\.layers\.0\.blocks\.0\.attn\.query\.weight"),
        (_add, r"unexpected: text_branch\.encoder\.layer\.2\.output\.dense\.bias"),
        (_spoil, r"not finite: audio_projection\.2\.bias"),
        (_split_heads, r"relative_position_bias_table has 3 columns .*divisor of 16"),
        (_empty, r"missing: text_branch\."),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit_are_named(
    break_it: Callable[[dict[str, Any]], None], message: str
) -> None:
    changed = dict(PUBLISHED)
    break_it(changed)
    with pytest.raises(WeightsError, match=message):
        Clap({"model": part(changed)}, CPU)


def test_no_prompt_and_no_tokenizer_are_said(judge: Clap) -> None:
    with pytest.raises(InputError, match="none was given"):
        judge.score(samples("song_3.0"), Conditions())
    deaf = Clap({"model": published_part(CLAP_FILES, PUBLISHED)}, CPU)
    with pytest.raises(InputError, match=r"without a tokenizer\.json"):
        deaf.score(samples("song_3.0"), prompt("short"))


def test_a_tokenizer_of_another_model_is_refused() -> None:
    larger = Tokenizer(word_tokenizer(500), "tokenizer.json")
    judge = Clap({"model": Part(part().tensors, "model.pt", {}, larger)}, CPU)
    with pytest.raises(WeightsError, match=r"id 499, but model\.pt knows 120 tokens"):
        judge.score(samples("song_3.0"), Conditions(prompt="t499"))


def test_cuts_cover_a_song_once() -> None:
    assert cuts(CLIP_SAMPLES) == [(0, CLIP_SAMPLES)]
    assert cuts(CLIP_SAMPLES + 1) == [(0, CLIP_SAMPLES), (CLIP_SAMPLES, CLIP_SAMPLES + 1)]
    assert cuts(CLIP_SAMPLES, 17) == [(0, CLIP_SAMPLES)]
    assert cuts(CLIP_SAMPLES + 9, 9) == [(9, CLIP_SAMPLES + 9)]
    with pytest.raises(InputError, match="sample 0 to 9"):
        cuts(CLIP_SAMPLES + 9, 10)
