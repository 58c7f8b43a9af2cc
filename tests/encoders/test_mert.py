"""MERT loads natively or not at all."""

import json
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from formula import TINY, mert_tensors, write_mert
from plaudit.core.errors import InputError
from plaudit.encoders import arithmetic
from plaudit.encoders.mert import MertEncoder, load_mert
from plaudit.encoders.promise import UnsafeWeightsError, WeightsError, WeightsNotFoundError

Tensors = dict[str, torch.Tensor]
NEW = "encoder.pos_conv_embed.conv.parametrizations.weight.original"
OLD = "encoder.pos_conv_embed.conv.weight_"


def noise(n: int = 1, seconds: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.normal(0, 0.1, (n, int(seconds * 24_000))).astype(np.float32)


def test_old_and_new_names_and_both_file_kinds_are_one_encoder(
    tiny_mert: Path, tiny_tensors: Tensors, tmp_path: Path
) -> None:
    renamed = {
        k.replace(OLD + "g", NEW + "0").replace(OLD + "v", NEW + "1"): v
        for k, v in tiny_tensors.items()
    }
    assert set(renamed) != set(tiny_tensors)
    save_file(renamed, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps(TINY))
    old, new = load_mert(tiny_mert), load_mert(tmp_path)
    assert old.spec.hash == new.spec.hash
    np.testing.assert_array_equal(old.encode(noise()), new.encode(noise()))


def _drop(t: Tensors) -> None:
    del t["encoder.layers.3.attention.q_proj.weight"]


def _rename(t: Tensors) -> None:
    t["encoder.layers.3.attention.q_projection.weight"] = t.pop(
        "encoder.layers.3.attention.q_proj.weight"
    )


def _reshape(t: Tensors) -> None:
    t["feature_projection.projection.bias"] = t["feature_projection.projection.bias"][:-1]


def _add(t: Tensors) -> None:
    t["encoder.left_over"] = torch.zeros(2)


def _spoil(t: Tensors) -> None:
    t["encoder.layer_norm.bias"] = torch.full_like(t["encoder.layer_norm.bias"], torch.nan)


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (_drop, r"missing: encoder\.layers\.3\.attention\.q_proj\.weight"),
        (_rename, r"missing: .*q_proj\.weight; unexpected: .*q_projection\.weight"),
        (
            _reshape,
            r"wrong shape: feature_projection\.projection\.bias is \(31,\), expected \(32,\)",
        ),
        (_add, r"unexpected: encoder\.left_over"),
        (_spoil, r"not finite: encoder\.layer_norm\.bias"),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(
    break_it: Callable[[Tensors], None], message: str, tiny_tensors: Tensors, tmp_path: Path
) -> None:
    tensors = dict(tiny_tensors)
    break_it(tensors)
    with pytest.raises(WeightsError, match=message):
        load_mert(write_mert(tmp_path, dict(TINY), tensors))


def test_a_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return (Path.write_text, (ran, "gotcha"))

    write_mert(tmp_path, dict(TINY), {})
    torch.save({"weight": Trap()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(UnsafeWeightsError, match="nothing ran"):
        load_mert(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(UnsafeWeightsError, match="nothing ran"):
        load_mert(tmp_path)
    assert not ran.exists()


@pytest.mark.parametrize("content", [b"", b"this is no torch file", b"PK\x03\x04 cut short"])
def test_a_damaged_weight_file_is_said_to_be_one(tmp_path: Path, content: bytes) -> None:
    write_mert(tmp_path, dict(TINY), {})
    (tmp_path / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(WeightsError, match=r"pytorch_model\.bin"):
        load_mert(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "wav2vec2"}, "describes a 'wav2vec2' model"),
        ({"feature_extractor_cqt": True}, "constant-Q"),
        ({"deepnorm": True}, "deepnorm"),
        ({"deepnorm": True, "attention_relax": 32.0}, "deepnorm"),
    ],
)
def test_a_variant_that_is_not_computed_is_refused(
    change: dict[str, object], message: str, tiny_tensors: Tensors, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=message):
        load_mert(write_mert(tmp_path, {**TINY, **change}, tiny_tensors))


def test_the_large_kind_loads(golden: ModuleType, tmp_path: Path) -> None:
    """MERT-v1-330M: layer norm before each block, and input brought to zero mean, unit variance."""
    config = {**TINY, "do_stable_layer_norm": True, "feat_extract_norm": "layer", "conv_bias": True}
    folder = write_mert(tmp_path, config, mert_tensors(config, golden.fill))
    plain = load_mert(folder)
    (tmp_path / "preprocessor_config.json").write_text('{"do_normalize": true}')
    normal = load_mert(folder)
    x = noise()
    standard = (x - x.mean()) / x.std()
    np.testing.assert_allclose(normal.encode(x), plain.encode(standard), atol=2e-4)
    assert not np.allclose(normal.encode(x), plain.encode(x), atol=1e-2)
    assert normal.spec.hash == plain.spec.hash
    assert normal.spec != plain.spec


def test_relaxed_attention_counts_only_with_deepnorm(golden: ModuleType, tmp_path: Path) -> None:
    """MERT-v1-330M states 32.0 and is computed without; a norm follows its last layer."""
    config = {**TINY, "do_stable_layer_norm": True}
    tensors = mert_tensors(config, golden.fill)
    plain = load_mert(write_mert(tmp_path / "plain", config, tensors))
    stated = {**config, "attention_relax": 32.0, "deepnorm": False}
    relaxed = load_mert(write_mert(tmp_path / "relaxed", stated, tensors))
    x = noise()
    np.testing.assert_array_equal(relaxed.encode(x), plain.encode(x))
    assert relaxed.spec.hash == plain.spec.hash
    output = relaxed.output_mean(x[0])
    with torch.inference_mode():
        *_, last = relaxed.network(torch.from_numpy(x))
        whole = relaxed.network.output(last)
    np.testing.assert_allclose(output, whole[0].mean(dim=0), atol=1e-6)
    assert np.abs(output - relaxed.encode(x)[0, -1]).max() > 0.01


def test_what_a_missing_preprocessor_leaves_open_is_said(
    tiny_mert: Path, tiny_tensors: Tensors, tmp_path: Path
) -> None:
    assert load_mert(tiny_mert).assumed == (
        "No preprocessor_config.json: do_normalize was assumed false.",
    )
    folder = write_mert(tmp_path, dict(TINY), tiny_tensors)
    for stated in (True, False):
        (folder / "preprocessor_config.json").write_text(json.dumps({"do_normalize": stated}))
        encoder = load_mert(folder)
        assert encoder.assumed == ()
        assert encoder.spec.config["do_normalize"] is stated
    (folder / "preprocessor_config.json").write_text('{"do_normalize": "no"}')
    with pytest.raises(WeightsError, match="says do_normalize 'no'; expected true or false"):
        load_mert(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_attention_heads": 5}, "num_attention_heads 5 does not divide"),
        ({"hidden_size": "wide"}, "hidden_size"),
    ],
)
def test_a_configuration_that_makes_no_network_is_said_to_be_one(
    change: dict[str, object], message: str, tiny_tensors: Tensors, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=message):
        load_mert(write_mert(tmp_path, {**TINY, **change}, tiny_tensors))


def test_a_missing_tensor_has_the_name_of_its_file(tiny_tensors: Tensors, tmp_path: Path) -> None:
    old = {k: v for k, v in tiny_tensors.items() if not k.endswith("weight_g")}
    new = {k.replace(OLD + "v", NEW + "1"): v for k, v in old.items()}
    for tensors, name in ((old, r"conv\.weight_g"), (new, r"parametrizations\.weight\.original0")):
        with pytest.raises(WeightsError, match=rf"missing: encoder\.pos_conv_embed\.\S*{name}\."):
            load_mert(write_mert(tmp_path, dict(TINY), tensors))


def test_layers_are_the_hidden_states(tiny_mert: Path) -> None:
    whole = load_mert(tiny_mert, layers=tuple(range(9))).encode(noise())
    some = load_mert(tiny_mert, layers=(2, 5, -1)).encode(noise())
    np.testing.assert_array_equal(some, whole[:, [2, 5, 8]])
    with pytest.raises(InputError, match="hidden states 0 to 8"):
        load_mert(tiny_mert, layers=(2, 9))


@pytest.mark.parametrize("precision", ["exact", "fast"])
def test_segments_side_by_side_are_those_of_each_alone(
    tiny_mert: Path, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_mert(tiny_mert, device="cpu", precision=precision)
    segments = noise(5, 2.0)
    segments[4, 20_000:] = 0  # the last of a song
    threads, names = torch.get_num_threads(), []
    frames = MertEncoder._means_in_pieces

    def noted(self: MertEncoder, samples: torch.Tensor) -> torch.Tensor:
        names.append((threading.current_thread().name, torch.get_num_threads()))
        return frames(self, samples)

    monkeypatch.setattr(MertEncoder, "_means_in_pieces", noted)
    try:
        torch.set_num_threads(3)
        assert encoder.batch_size == 3
        together = encoder.encode(segments)
        assert len(names) == 5
        assert all(name.startswith("alone") and number == 1 for name, number in names)
        assert torch.get_num_threads() == 3
        for number in (1, 3):
            torch.set_num_threads(number)
            names.clear()
            alone = [encoder.encode(segment[None]) for segment in segments]
            assert set(names) == {("MainThread", number)}
            np.testing.assert_array_equal(together, np.concatenate(alone))
        torch.set_num_threads(1)
        assert encoder.batch_size == 1
        names.clear()
        np.testing.assert_array_equal(together, encoder.encode(segments))
        assert set(names) == {("MainThread", 1)}
    finally:
        torch.set_num_threads(threads)


def test_fast_is_bfloat16_and_exact_is_not(
    tiny_mert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[torch.dtype] = set()

    def product(
        x: torch.Tensor,
        weight: torch.Tensor,
        *rest: torch.Tensor | torch.dtype | None,
        activate: bool,
    ) -> torch.Tensor:
        out = plain(x, weight, *rest, activate=activate)  # type: ignore[arg-type]
        seen.add(out.dtype)
        return out

    plain = arithmetic.product
    exact, fast = load_mert(tiny_mert), load_mert(tiny_mert, precision="fast")
    assert (exact.precision, fast.precision) == ("exact", "fast")
    monkeypatch.setattr(arithmetic, "product", product)
    a = exact.encode(noise())
    assert seen == {torch.float32}
    b = fast.encode(noise())
    assert torch.bfloat16 in seen
    assert 0 < np.abs(a - b).max() < 0.02 * np.abs(a).max()


def test_exact_is_exact_where_a_program_lets_torch_round(
    tiny_mert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backends: Any = torch.backends
    places = (backends.mkldnn.matmul, backends.cuda.matmul, backends.cudnn.conv)
    seen: set[str] = set()

    def attend(*given: Any) -> torch.Tensor:
        seen.update(place.fp32_precision for place in places)
        return plain(*given)

    plain = arithmetic.attend
    monkeypatch.setattr("plaudit.encoders.mert_network.attend", attend)
    encoder = load_mert(tiny_mert)
    torch.set_float32_matmul_precision("medium")
    try:
        encoder.encode(noise())
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")
    assert seen == {"ieee"}


def test_without_instructions_for_bfloat16_fast_is_exact_and_says_so(
    tiny_mert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plaudit.encoders.mert.bfloat16_here", lambda: False)
    encoder = load_mert(tiny_mert, precision="fast", device="cpu")
    assert encoder.precision == "exact"
    np.testing.assert_array_equal(encoder.encode(noise()), load_mert(tiny_mert).encode(noise()))


@pytest.mark.parametrize(("option", "value"), [("device", "gpu"), ("precision", "bf16")])
def test_an_unknown_choice_names_the_known_ones(tiny_mert: Path, option: str, value: str) -> None:
    with pytest.raises(InputError, match=f"Unknown {option} '{value}'"):
        load_mert(tiny_mert, **{option: value})  # type: ignore[arg-type]  # the point of the test


def test_a_device_that_is_not_there_is_an_error(tiny_mert: Path) -> None:
    absent = "mps" if not torch.backends.mps.is_available() else "cuda"
    with pytest.raises(InputError, match=f"Expected a {absent} device"):
        load_mert(tiny_mert, device=absent)


def test_offline_and_not_cached_says_how_to_fetch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(WeightsNotFoundError, match=r"`hf download m-a-p/MERT-v1-95M`.*folder"):
        load_mert("m-a-p/MERT-v1-95M")
    with pytest.raises(WeightsNotFoundError, match="--revision 0a1b2c"):
        load_mert("m-a-p/MERT-v1-95M@0a1b2c")
    with pytest.raises(WeightsNotFoundError, match="neither"):
        load_mert(str(tmp_path / "nowhere"))


def test_a_cached_hub_model_loads_offline(
    tmp_path: Path, tiny_mert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = "0123456789abcdef0123456789abcdef01234567"
    stored = tmp_path / "models--someone--mert-tiny"
    (stored / "refs").mkdir(parents=True)
    (stored / "refs" / "main").write_text(revision)
    (stored / "snapshots").mkdir()
    (stored / "snapshots" / revision).symlink_to(tiny_mert, target_is_directory=True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert load_mert("someone/mert-tiny").spec.hash == load_mert(tiny_mert).spec.hash
    # A download that was stopped half way is not taken for the model.
    half = tmp_path / "half"
    half.mkdir()
    (half / "config.json").write_text(json.dumps(TINY))
    (stored / "snapshots" / revision).unlink()
    (stored / "snapshots" / revision).symlink_to(half, target_is_directory=True)
    with pytest.raises(WeightsNotFoundError, match="hf download someone/mert-tiny"):
        load_mert("someone/mert-tiny")
