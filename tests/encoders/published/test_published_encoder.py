"""Published networks as encoders: what they give is what the published code gave."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from filled import JUDGES, other_song, song
from plaudit.core.errors import InputError
from plaudit.embeddings.extract.encoder_source import EncoderSource
from plaudit.encoders.promise import WeightsError
from plaudit.encoders.published.clap import CLIP_SAMPLES
from plaudit.encoders.published.listener import LISTENERS
from plaudit.encoders.published.muq import load_muq, muq_settings
from plaudit.encoders.published.wavlm import WavLm
from plaudit.model.encoder_name import find_encoders
from plaudit.model.published.parts import read_settings

CPU = torch.device("cpu")
Make = Callable[[float, int], NDArray[np.float32]]


def source(path: Path, layers: tuple[int, ...] | None = None) -> EncoderSource:
    return next(find_encoders(str(path), layers, device="cpu")).source


def heard(
    path: Path, segment: NDArray[np.float32], layers: tuple[int, ...] | None = None
) -> NDArray[np.float32]:
    row: NDArray[np.float32] = source(path, layers).open().encode(segment[None])[0]
    return row


def vectors(judge: str) -> dict[str, NDArray[np.float32]]:
    with np.load(JUDGES / judge / "small.npz") as file:
        return dict(file)


@pytest.mark.parametrize("name", ["muq", "clap", "wavlm", "mulan"])
def test_exact_is_exact_where_a_program_lets_torch_round(
    name: str, published: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    backends: Any = torch.backends
    places = (backends.mkldnn.matmul, backends.cuda.matmul, backends.cudnn.conv)
    seen: set[str] = set()

    def means(*given: Any) -> torch.Tensor:
        seen.update(place.fp32_precision for place in places)
        return plain(*given)

    kind = LISTENERS[name]
    plain = kind.means
    monkeypatch.setattr(kind, "means", means)
    torch.set_float32_matmul_precision("medium")
    try:
        heard(published[name], song(0.8, kind.RATE))
    finally:
        torch.set_float32_matmul_precision("highest")
    assert seen == {"ieee"}


@pytest.mark.parametrize("seconds", [0.8, 3.0])
def test_muq(published: dict[str, Path], seconds: float) -> None:
    expected = vectors("songeval")[f"song_{seconds}/hidden6_mean"]
    np.testing.assert_allclose(
        heard(published["muq"], song(seconds), (6,)), expected[None], atol=1e-5
    )


def test_wavlm(published: dict[str, Path]) -> None:
    windows = vectors("audiobox")["song_30.0_16000/layer_means"]
    whole = song(30.0, 16_000).reshape(3, -1)
    encoded = source(published["wavlm"]).open().encode(whole)
    np.testing.assert_allclose(encoded, windows, atol=1e-5)


@pytest.mark.parametrize(("case", "make"), [("song_10.0", song), ("other_10.0", other_song)])
def test_clap_and_mulan(published: dict[str, Path], case: str, make: Make) -> None:
    for name, judge, rate in (("clap", "clap", 48_000), ("mulan", "muqmulan", 24_000)):
        expected = vectors(judge)[f"audio/{case}"]
        np.testing.assert_allclose(
            heard(published[name], make(10.0, rate)), expected[None], atol=1e-5
        )


def test_clap_hears_longer_segments_in_clips_and_fills_none_up(published: dict[str, Path]) -> None:
    long = song(20.0, 48_000)
    clips = [heard(published["clap"], part)[0] for part in np.split(long, 2)]
    mean = np.mean(clips, axis=0)
    np.testing.assert_allclose(
        heard(published["clap"], long)[0], mean / np.linalg.norm(mean), atol=1e-6
    )
    # A last segment comes with its zeros: they are heard as silence, and nothing is repeated.
    short = np.zeros(CLIP_SAMPLES, np.float32)
    short[:96_000] = long[:96_000]
    repeated = heard(published["clap"], short[:96_000])
    assert not np.allclose(heard(published["clap"], short), repeated)


def test_layers_are_those_of_the_network_called_directly(published: dict[str, Path]) -> None:
    wave = song(2.0)
    folder = published["muq"]
    config = read_settings(folder / "config.json")
    whole = load_file(folder / "model.safetensors")
    some = source(folder).open().encoder.tensors()
    assert set(some) < set(whole), "what does not count is left out"
    muq = load_muq(some, muq_settings(config, "x"), "x", device=CPU)
    with torch.inference_mode():
        states = muq.states(torch.from_numpy(wave)[None], list(range(9)))
    means = torch.stack([state[0].mean(dim=0) for state in states]).numpy()
    assert source(folder).layers == (2, 4, 6, 8)
    np.testing.assert_array_equal(heard(folder, wave), means[[2, 4, 6, 8]])
    np.testing.assert_array_equal(heard(folder, wave, (7, 0, -1)), means[[7, 0, 8]])
    assert not np.array_equal(means[7], means[8])

    place = published["wavlm"]
    kept = source(place).open().encoder.tensors()
    own = {name.removeprefix("wavlm_model."): value for name, value in kept.items()}
    quiet = song(2.0, 16_000)
    wavlm = WavLm(own, "", "x", CPU)
    with torch.inference_mode():
        every = wavlm.layer_means(torch.from_numpy(quiet), len(quiet)).numpy()
    np.testing.assert_array_equal(heard(place, quiet), every)
    np.testing.assert_array_equal(heard(place, quiet, (2, 0)), every[[2, 0]])
    np.testing.assert_array_equal(heard(place, quiet, (-1,)), every[[-1]])


@pytest.mark.parametrize(
    ("name", "layers", "message"),
    [
        ("muq", (2, 9), r"has hidden states 0 to 8; layers \[9\] do not exist"),
        ("muq", (-10,), r"layers \[-10\] do not exist"),
        ("muq", (3, 3), "each layer once"),
        ("wavlm", (3,), r"has hidden states 0 to 2; layers \[3\]"),
        ("clap", (1,), r"LAION-CLAP has hidden states 0 to 0; layers \[1\]"),
        ("mulan", (), "do not exist"),
    ],
)
def test_a_layer_that_is_not_there_is_named(
    published: dict[str, Path], name: str, layers: tuple[int, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        source(published[name], layers)


def test_layers_and_form_do_not_change_the_hash_and_weights_do(
    published: dict[str, Path], tmp_path: Path
) -> None:
    folder = published["muq"]
    spec = source(folder).spec
    assert source(folder, (0,)).spec.hash == spec.hash
    tensors = load_file(folder / "model.safetensors")
    config = (folder / "config.json").read_text()
    for changed, same in (("model.cls_token", True), ("model.conv.linear.bias", False)):
        copy = tmp_path / changed
        copy.mkdir()
        (copy / "config.json").write_text(config)
        save_file({**tensors, changed: tensors[changed] + 1}, copy / "model.safetensors")
        assert (source(copy).spec.hash == spec.hash) == same


def test_a_published_file_that_lacks_a_tensor_or_a_setting_is_refused(
    published: dict[str, Path], tmp_path: Path
) -> None:
    folder = published["muq"]
    tensors = load_file(folder / "model.safetensors")
    tensors = {n: t for n, t in tensors.items() if ".layers.7." not in n}
    save_file(tensors, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    with pytest.raises(WeightsError, match=r"unexpected: model\.conformer\.layer_norm"):
        source(tmp_path)
    (tmp_path / "config.json").write_text('{"w2v2_config": {}}')
    with pytest.raises(WeightsError, match="lacks 'encoder_dim'"):
        source(tmp_path)
