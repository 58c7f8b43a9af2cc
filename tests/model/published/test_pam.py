"""PAM gives the published share of "clear and clean", window by window."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from filled import JUDGES, golden, other_song, song, table, tensors, word_tokenizer
from plaudit.audio.resample import resample
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.tokens import Tokenizer
from plaudit.model.published.pam import Pam, _cuts, _touched
from plaudit.model.published.procedure import Conditions, Part, Samples
from published_files import pam_tokenizer
from published_part import published_part

CPU = torch.device("cpu")
RATE = 44_100
GOLDEN = golden("pam")
ROWS = table("pam")
PUBLISHED = tensors(ROWS, "pam/")
FILES = Pam.PARTS["model"]
END = "<|endoftext|>"


def part(changed: dict[str, torch.Tensor] | None = None) -> Part:
    made = published_part(FILES, PUBLISHED if changed is None else changed)
    return Part(made.tensors, made.where, {}, Tokenizer(pam_tokenizer(), "tokenizer.json"))


def samples(case: str) -> Samples:
    kind, seconds, *rate = case.split("_")
    made_at = int(rate[1]) if rate else RATE
    makers = {"song": [song], "other": [other_song], "stereo": [song, other_song]}[kind]
    return {RATE: np.stack([resample(m(float(seconds), made_at), made_at, RATE) for m in makers])}


@pytest.fixture(scope="module")
def judge() -> Pam:
    return Pam({"model": part()}, CPU)


def test_the_prompts_of_the_test_have_the_published_ids() -> None:
    for text, ids in GOLDEN["prompts"].items():
        assert Tokenizer(pam_tokenizer(), "tokenizer.json").ids(text) == ids


@pytest.mark.parametrize("case", GOLDEN["cases"])
def test_scores_are_the_published_ones(case: str, judge: Pam) -> None:
    expected = GOLDEN["cases"][case]
    heard = judge.score(samples(case), Conditions())
    np.testing.assert_allclose(heard.scores, [expected["score"]], atol=1e-5)
    windows = np.concatenate([window.scores for window in heard.windows])
    np.testing.assert_allclose(windows, expected["segments"], atol=1e-5)


def test_prompts_are_where_the_published_model_puts_them(judge: Pam) -> None:
    text = np.load(JUDGES / "pam" / "small.npz")["text"]
    unit = text / np.linalg.norm(text, axis=1, keepdims=True)
    np.testing.assert_allclose(judge._prompts, unit, atol=1e-6)


def test_windows_are_those_of_the_channels_one_after_the_other(judge: Pam) -> None:
    seven = 7 * RATE
    assert _cuts(seven) == [(0, seven)]
    assert _cuts(2 * seven) == [(0, seven), (seven, 2 * seven)]
    assert _cuts(seven + 1) == [(0, seven), (1, seven + 1)]
    # A song of 8 s in stereo: 0-7, 7-8 and 0-6, and the last 7 s of the right channel.
    spans = [_touched(*cut, 8 * RATE) for cut in _cuts(16 * RATE)]
    assert spans == [(0, 7), (0, 8), (1, 8)]
    heard = judge.score(samples("stereo_5.0"), Conditions())
    assert [(w.start_s, w.end_s) for w in heard.windows] == [(0, 5), (0, 5)]
    long = judge.score(samples("song_24.5"), Conditions())
    assert [w.start_s for w in long.windows] == [0, 7, 14, 17.5]
    assert long.windows[-1].end_s == 24.5


def test_the_same_song_has_the_same_score_each_time(judge: Pam) -> None:
    again = Pam({"model": part()}, CPU)
    judge.score(samples("song_3.0"), Conditions())
    a, b = (j.score(samples("other_7.0"), Conditions()) for j in (judge, again))
    np.testing.assert_array_equal(a.scores, b.scores)


def test_tensors_of_no_effect_may_be_absent(judge: Pam) -> None:
    kept = part().tensors
    assert kept.keys() == {row.name for row in ROWS if row.role.startswith("used")}
    spoilt = {n: v if n in kept else v * 3 + 1 for n, v in PUBLISHED.items()}
    for i in range(2):
        spoilt[f"caption_encoder.base.h.{i}.attn.bias"] = torch.zeros(1, 1, 90, 90)
        spoilt[f"caption_encoder.base.h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    heard = Pam({"model": part(spoilt)}, CPU).score(samples("song_3.0"), Conditions())
    plain = judge.score(samples("song_3.0"), Conditions())
    np.testing.assert_array_equal(heard.scores, plain.scores)


def test_a_missing_tensor_and_one_of_a_wrong_shape_are_named() -> None:
    names = [*part().tensors]
    for name in [*names[::9], *(n for n in names if "projection" in n or "caption" in n)][::2]:
        value = PUBLISHED[name]
        with pytest.raises(WeightsError) as error:
            Pam({"model": part({k: v for k, v in PUBLISHED.items() if k != name})}, CPU)
        assert f"missing: {name}" in str(error.value)
        wide = torch.stack([value, value])
        with pytest.raises(WeightsError) as error:
            Pam({"model": part({**PUBLISHED, name: wide})}, CPU)
        assert f"wrong shape: {name} is {tuple(wide.shape)}, expected" in str(error.value)


def _rename(t: dict[str, Any]) -> None:
    t["caption_encoder.base.h.0.attn.c_proj2.bias"] = t.pop(
        "caption_encoder.base.h.0.attn.c_proj.bias"
    )


def _add(t: dict[str, Any]) -> None:
    t["audio_encoder.projection.linear1.bias"] = torch.zeros(64)


def _spoil(t: dict[str, Any]) -> None:
    t["logit_scale"] = torch.tensor(torch.nan)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_rename, r"missing: \S*attn\.c_proj\.bias; unexpected: \S*attn\.c_proj2\.bias"),
        (_add, r"unexpected: audio_encoder\.projection\.linear1\.bias"),
        (_spoil, r"not finite: logit_scale"),
        (lambda t: t.clear(), r"missing: audio_encoder\.base\.htsat\."),
    ],
)
def test_weights_that_do_not_fit_are_named(
    break_it: Callable[[dict[str, Any]], None], message: str
) -> None:
    changed = dict(PUBLISHED)
    break_it(changed)
    with pytest.raises(WeightsError, match=message):
        Pam({"model": part(changed)}, CPU)


def test_the_tokenizer_of_gpt2_has_to_be_there() -> None:
    bare = published_part(FILES, PUBLISHED)
    with pytest.raises(WeightsError, match=r"tokenizer\.json of gpt2"):
        Pam({"model": bare}, CPU)
    larger = word_tokenizer(300).replace('"unk_token":"t3"', '"unk_token":"t299"')
    wrong = Part(bare.tensors, bare.where, {}, Tokenizer(larger, "tokenizer.json"))
    with pytest.raises(WeightsError, match="knows 120 tokens"):
        Pam({"model": wrong}, CPU)
