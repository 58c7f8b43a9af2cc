"""The encoder that a name means, and a sentence where it means none."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from filled import song
from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsNotFoundError
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.encoder_name import NamedEncoder, find_encoders

Import = Callable[[str], Path]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path / "judges"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    (tmp_path / "judges").mkdir()
    return tmp_path / "judges"


@pytest.fixture
def here(small_judges: Path, home: Path) -> Import:
    """Put a judge among those on this machine."""

    def put(judge: str) -> Path:
        return Path(shutil.copytree(small_judges / judge, home / judge))

    return put


def only(name: str | Path, layers: tuple[int, ...] | None = None) -> NamedEncoder:
    return next(find_encoders(str(name), layers, device="cpu"))


@pytest.mark.parametrize(
    ("judge", "name", "kind", "layers", "segment_s"),
    [
        ("songeval", "muq", "muq", (2, 4, 6), 30),
        ("hear", "muq", "muq", (3, 6, 9), 30),
        ("clap", "clap", "clap", (0,), 10),
        ("audiobox", "wavlm", "wavlm", (0, 1, 2), 10),
        ("muq-mulan", "mulan", "mulan", (0,), 10),
    ],
)
def test_a_name_a_judge_and_its_folder_mean_the_same_encoder(
    here: Import, judge: str, name: str, kind: str, layers: tuple[int, ...], segment_s: float
) -> None:
    folder = here(judge)
    by_name = only(name)
    assert by_name.source.spec.kind == kind
    assert by_name.source.layers == layers
    assert by_name.rule.length_s == segment_s
    if name != judge:
        assert str(folder) in by_name.note
    assert only(judge).source.spec == only(folder).source.spec == by_name.source.spec


def test_of_two_judges_the_one_that_holds_more_layers_comes_first(here: Import) -> None:
    here("songeval")
    here("hear")
    hear, songeval = find_encoders("muq", device="cpu")
    assert hear.source.path.name == "hear"
    assert songeval.source.path.name == "songeval"
    with pytest.raises(InputError, match=r"hidden states 0 to 10 here, of 0 to 12 as published"):
        only("muq", (-1,))


def test_a_judges_encoder_is_the_published_one(
    here: Import, published: dict[str, Path], home: Path
) -> None:
    for judge, name in (("clap", "clap"), ("audiobox", "wavlm"), ("muq-mulan", "mulan")):
        here(judge)
        assert only(name).source.spec == only(published[name]).source.spec
    here("songeval")
    wave = song(2.0)[None]
    some, whole = only("songeval", (1, 6)), only(published["muq"], (1, 6))
    np.testing.assert_array_equal(some.source.open().encode(wave), whole.source.open().encode(wave))
    held = set(some.source.open().encoder.tensors())
    assert held < set(whole.source.open().encoder.tensors())
    assert home.is_dir()


def test_mert_330m_is_that_of_tunejury_or_of_the_hub(
    here: Import, published: dict[str, Path], home: Path
) -> None:
    with pytest.raises(WeightsNotFoundError, match="m-a-p/MERT-v1-330M"):
        only("mert-330m")
    here("tunejury")
    chosen = (0, 2, -1)
    own = only("mert-330m", chosen).source
    assert own.spec.kind == "mert"
    assert own.spec.config["do_stable_layer_norm"] is True
    assert own.spec.config["do_normalize"] is True
    wave = song(2.0)[None]
    expected = only(published["mert-330m"], chosen).source.open().encode(wave)
    # Without the tensors of no effect, which TuneJury does not keep: the same numbers.
    np.testing.assert_allclose(own.open().encode(wave), expected, atol=1e-5)
    assert only(home / "tunejury", chosen).source.spec.hash == own.spec.hash


@pytest.mark.parametrize("name", ["muq", "clap", "wavlm", "mulan"])
def test_an_encoder_that_is_not_here_says_how_to_bring_it(home: Path, name: str) -> None:
    with pytest.raises(WeightsNotFoundError, match="`plaudit judges list` says how") as caught:
        only(name)
    assert str(home) in str(caught.value)
    assert "published files of" in str(caught.value)


@pytest.mark.parametrize(
    "hub", ["OpenMuQ/MuQ-large-msd-iter", "lukewys/laion_clap", "OpenMuQ/MuQ-MuLan-large@abc"]
)
def test_an_id_that_cannot_be_reached_says_so(home: Path, hub: str) -> None:
    with pytest.raises(WeightsNotFoundError, match="model hub did not give it"):
        only(hub)
    assert home.is_dir()


def test_what_is_no_encoder_is_refused_in_a_sentence(here: Import, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no encoder 'wavml'.*did you mean 'wavlm'"):
        only("wavml")
    here("pam")
    with pytest.raises(InputError, match=r"Judge 'pam' has no encoder to embed with;.*songeval"):
        only("pam")
    folder = here("clap")
    (folder / "card.json").write_text("{")
    with pytest.raises(WeightsNotFoundError, match="there is none"):
        only("clap")
    with pytest.raises(WeightsNotFoundError, match="is not a judge"):
        only(tmp_path)


def test_a_source_opens_in_another_process(here: Import) -> None:
    import pickle

    here("songeval")
    source = only("muq", (4,)).source
    again = pickle.loads(pickle.dumps(source))  # noqa: S301 - as it goes to a worker
    wave = song(1.0)[None]
    np.testing.assert_array_equal(again.open().encode(wave), source.open().encode(wave))
    assert isinstance(again.spec, EncoderSpec)
