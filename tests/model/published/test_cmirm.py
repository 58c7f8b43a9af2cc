"""CMI-RM gives the numbers of the published code, with and without conditions."""

import re
from typing import Any

import numpy as np
import pytest
import torch

from filled import golden, other_song, song, table
from mulan_parts import kept, mulan_config, part, published, tokenizer
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsError
from plaudit.model.published.cmirm import CmiRm
from plaudit.model.published.procedure import Conditions, Samples

CPU = torch.device("cpu")
FILES = CmiRm.PARTS["model"]
VARIANTS = golden("cmirm")["variants"]
PLAIN = VARIANTS["plain"]
TEXTS = {
    name: " ".join(f"t{i}" for i in ids.split(","))
    for name, ids in golden("cmirm")["texts"].items()
}
SIGNALS = {"song": song, "other": other_song}
RATE = 24_000

Tensors = dict[str, torch.Tensor]


def used_by(variant: str) -> Tensors:
    return kept(published("cmirm", f"tensors-small-{variant}.tsv"), FILES)


def judge_of(named: Tensors, config: dict[str, Any] | None = None, **options: Any) -> CmiRm:
    parts = {"model": part(named, PLAIN["config"] if config is None else config, tokenizer())}
    return CmiRm(parts, CPU, **options)


def recording(signal: str) -> Samples:
    kind = signal.rstrip("0123456789.")
    return {RATE: SIGNALS[kind](float(signal.removeprefix(kind)))[None]}


def asked(case: str) -> tuple[Samples, Conditions]:
    """Return song and conditions of a case such as ``song10+text+ref``."""
    signal, *conditions = case.split("+")
    everything = "all" in conditions
    prompt = TEXTS["short"] if everything or "text" in conditions else None
    reference = recording("song33" if signal == "song41.5" else "other7.3")
    return recording(signal), Conditions(
        prompt=TEXTS["long"] if "longtext" in conditions else prompt,
        lyrics=TEXTS["lyrics"] if everything or "lyrics" in conditions else None,
        reference=reference if everything or "ref" in conditions else None,
    )


def scores(judge: CmiRm, case: str) -> list[float]:
    heard = judge.score(*asked(case))
    assert heard.windows == ()
    return [float(score) for score in heard.scores]


@pytest.fixture(scope="module")
def used() -> Tensors:
    return used_by("plain")


@pytest.fixture(scope="module")
def judge(used: Tensors) -> CmiRm:
    return judge_of(used)


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_gives_the_published_scores_under_all_conditions(variant: str) -> None:
    expected = VARIANTS[variant]
    named = used_by(variant)
    judge = judge_of(named, expected["config"])
    # Variants differ in what all cases go through: of the others a few cases tell.
    few = ("song3", "song10+longtext", "song10+all")
    for case, pair in expected["single"].items():
        if variant != "plain" and case not in few:
            continue
        assert scores(judge, case) == pytest.approx(pair, abs=1e-5), case
    shorter = judge_of(named, expected["config"], max_dur=30)
    for case, pair in expected["max_dur_30"].items():
        assert scores(shorter, case) == pytest.approx(pair, abs=1e-5), case


def test_company_changes_the_published_scores_and_not_ours(judge: CmiRm) -> None:
    for batch in ("batch_of_two", "batch_of_unequal"):
        items, beside = PLAIN[batch]["items"], PLAIN[batch]["scores"]
        alone = [scores(judge, item) for item in items]
        assert alone == [scores(judge, item) for item in items]
        assert alone[0] != pytest.approx(beside[0], abs=5e-3)
        assert alone[1] == pytest.approx(beside[1], abs=1e-5)


@pytest.mark.parametrize("name", ["full-plain", *(f"small-{variant}" for variant in VARIANTS)])
def test_just_the_tensors_without_effect_are_left_out(name: str) -> None:
    plain = {row.name: row for row in table("cmirm", "tensors-small-plain.tsv")}
    rows = table("cmirm", f"tensors-{name}.tsv")
    known = [plain[row.name] if row.role == "as in plain" else row for row in rows]
    counted = {row.name for row in known if row.has_effect and not row.fill.startswith("kept")}
    assert set(kept({row.name: torch.zeros(0) for row in rows}, FILES)) == counted


def test_tensors_without_effect_may_be_there_or_absent(used: Tensors, judge: CmiRm) -> None:
    more = {**published("cmirm", "tensors-small-plain.tsv"), "alignment_head.9.bias": torch.ones(1)}
    assert len(more) > len(used) + 20
    assert scores(judge_of(kept(more, FILES)), "song3+all") == scores(judge, "song3+all")


def test_tensors_are_demanded_by_their_published_names(used: Tensors) -> None:
    for name in sorted(used)[::6]:
        others = {n: t for n, t in used.items() if n != name}
        with pytest.raises(WeightsError, match=f"missing: .*{re.escape(name)}"):
            judge_of(others)


NAMES = [
    "audio_module.model.model.conformer.layers.1.final_layer_norm.weight",
    "audio_module.transformer.layers.1.0.to_kv.weight",
    "text_module.model.encoder.layer.0.attention.self.query.weight",
    "prompt_transformer.layers.1.1.4.weight",
    "joint_transformer.layers.0.0.norm.learned_gamma",
    "score_projector.3.bias",
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


def test_settings_may_lie_under_model(used: Tensors, judge: CmiRm) -> None:
    nested = judge_of(used, {"model": PLAIN["config"], "train": {"lr": 1e-4}})
    assert scores(nested, "song3+text") == scores(judge, "song3+text")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"prompt_tf_depth": 3}, r"missing: prompt_transformer\.layers\.2"),
        ({"joint_tf_depth": None}, r"'joint_tf_depth'"),
        ({"attention_mode": "CA"}, r"missing: joint_transformer\.0\.cross_attn"),
        ({"attention_mode": "XA"}, "attention_mode"),
        ({"mode": "text_only"}, "mode"),
        ({"name": "sanity"}, "'sanity' for 'name'"),
        ({"sr": 16_000}, "sr"),
        ({"heads": 4}, r"wrong shape: joint_transformer\.layers\.0\.0\.to_kv\.weight"),
        ({"mlp_dim": 25}, r"wrong shape: score_projector\.1"),
        ({"text_encoder": {"name": "t5"}}, r"text_encoder\.name"),
        ({"text_lora_config": {"use_lora": True}}, r"text_lora_config\.use_lora"),
        ({"downsample": {"eval": "b", "configs": {"a": {"kind": "none"}}}}, "downsample.eval"),
        ({"downsample": {"configs": {"none": {"kind": "max"}}}}, r"configs\.none\.kind"),
    ],
)
def test_settings_that_do_not_fit_are_named(
    used: Tensors, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(WeightsError, match=message):
        judge_of(used, {**PLAIN["config"], **changes})


def test_the_part_mulan_checks_the_towers_and_reads_texts(used: Tensors, judge: CmiRm) -> None:
    model = part(used, PLAIN["config"])
    both = CmiRm({"model": model, "mulan": part({}, mulan_config(), tokenizer())}, CPU)
    assert scores(both, "song3+all") == scores(judge, "song3+all")
    deeper = mulan_config()
    deeper["text_transformer"]["tf_depth"] = 3
    with pytest.raises(WeightsError, match=r"missing: text_module\.transformer\.layers\.2"):
        CmiRm({"model": model, "mulan": part({}, deeper, tokenizer())}, CPU)
    wider = mulan_config()
    wider["audio_model"]["model_dim"] = 96
    with pytest.raises(WeightsError, match=r"wrong shape: audio_module\.model"):
        CmiRm({"model": model, "mulan": part({}, wider, tokenizer())}, CPU)


def test_long_texts_are_cut_and_keep_their_end(used: Tensors, judge: CmiRm) -> None:
    short = recording("song3")
    text = [f"t{i}" for i in range(4, 104)]
    long, cut = (
        judge.score(short, Conditions(lyrics=" ".join(words))) for words in (text, text[:62])
    )
    np.testing.assert_array_equal(long.scores, cut.scores)
    config = mulan_config()
    config["text_transformer"]["max_seq_len"] = 12
    brief = CmiRm(
        {"model": part(used, PLAIN["config"]), "mulan": part({}, config, tokenizer())}, CPU
    )
    long, cut = (
        brief.score(short, Conditions(lyrics=" ".join(words))) for words in (text, text[:10])
    )
    np.testing.assert_array_equal(long.scores, cut.scores)


def test_without_a_tokenizer_it_scores_and_reads_no_text(used: Tensors, judge: CmiRm) -> None:
    mute = CmiRm({"model": part(used, PLAIN["config"])}, CPU)
    assert scores(mute, "song3+ref") == scores(judge, "song3+ref")
    empty = mute.score(recording("song3"), Conditions(prompt="", lyrics=""))
    np.testing.assert_array_equal(empty.scores, scores(judge, "song3"))
    with pytest.raises(InputError, match=r"without a tokenizer\.json"):
        mute.score(recording("song3"), Conditions(lyrics="t10"))


def test_a_scrap_at_the_end_is_not_a_chunk(judge: CmiRm) -> None:
    samples = song(30.1)[None]
    whole, scrap, heard = (
        judge.score({RATE: samples[:, : 30 * RATE + more]}, Conditions()).scores
        for more in (0, 1_024, 1_025)
    )
    np.testing.assert_array_equal(whole, scrap)
    assert not np.array_equal(whole, heard)


def test_what_is_shortened_to_nothing_is_refused() -> None:
    judge = judge_of(used_by("gluconv2"), VARIANTS["gluconv2"]["config"])
    brief, long = recording("song0.3"), recording("song0.4")
    judge.score(long, Conditions(reference=long))
    with pytest.raises(InputError, match="The song is too short"):
        judge.score(brief, Conditions())
    with pytest.raises(InputError, match="The reference is too short"):
        judge.score(long, Conditions(reference=brief))


def test_texts_may_be_shortened_to_nothing_where_the_song_attends_to_itself(used: Tensors) -> None:
    ways = {"none": {"kind": "none"}, "thirds": {"kind": "mean", "factor": 3}}
    change = {"downsample": {"text": "thirds", "configs": ways}}
    both = judge_of(used, {**PLAIN["config"], **change})
    assert np.isfinite(scores(both, "song3")).all()
    assert scores(both, "song3+text") != scores(both, "song3")
    crossed = judge_of(used_by("cross"), {**VARIANTS["cross"]["config"], **change})
    crossed.score(*asked("song3+text"))
    with pytest.raises(InputError, match="The prompt is too short"):
        crossed.score(*asked("song3"))


def test_a_block_that_stages_share_may_be_in_the_file_once_or_once_a_stage(used: Tensors) -> None:
    ways = {"none": {"kind": "none"}, "twice": {"kind": "conv", "factor": 3, "stage": 2}}
    config = {**PLAIN["config"], "downsample": {"eval": "twice", "ref": "none", "configs": ways}}
    shared = {
        "dw.weight": torch.full((48, 1, 5), 0.2),
        "ln.weight": torch.ones(48),
        "ln.bias": torch.zeros(48),
    }
    once, more = (
        {f"eval_downsampler.blocks.{stage}.{name}": value for name, value in shared.items()}
        for stage in (0, 1)
    )
    whole = {**used, **once, **more}
    assert set(kept(whole, FILES)) == {*used, *once}
    assert np.isfinite(scores(judge_of(kept(whole, FILES), config), "song3")).all()
    with pytest.raises(WeightsError, match=r"missing: eval_downsampler\.blocks\.0\.dw\.weight"):
        judge_of(used, config)
