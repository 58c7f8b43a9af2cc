"""The encoder of a store is found again by the word that made the store, or refused."""

import shutil
from pathlib import Path

import pytest

from plaudit.core.errors import InputError
from plaudit.encoders.promise import WeightsNotFoundError
from plaudit.encoders.spec import EncoderSpec
from plaudit.model.encoder_name import find_encoders
from plaudit.training.store_encoder import open_store_encoder


def spec_of(name: str | Path, layers: tuple[int, ...] | None = None) -> EncoderSpec:
    return next(find_encoders(str(name), layers, device="cpu")).source.spec


@pytest.fixture
def both(small_judges: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A judges folder with two judges that have MuQ."""
    for judge in ("songeval", "hear"):
        shutil.copytree(small_judges / judge, tmp_path / judge)
    monkeypatch.setenv("PLAUDIT_JUDGES", str(tmp_path))
    return tmp_path


def test_of_two_judges_the_one_that_made_the_store_is_taken(both: Path) -> None:
    for judge, layers in (("songeval", (1, 6)), ("hear", None), ("hear", (9, 2))):
        spec = spec_of(both / judge, layers)
        assert open_store_encoder("muq", spec).spec == spec
        assert open_store_encoder(str(both / judge), spec).spec == spec


def test_another_encoder_or_none_is_refused(both: Path, published: dict[str, Path]) -> None:
    whole = spec_of(published["muq"], (1, 6))
    with pytest.raises(InputError, match=r"made by encoder MuQ.*is MuQ.* or MuQ.*name the one"):
        open_store_encoder("muq", whole)
    last = spec_of(published["muq"], (8,))
    with pytest.raises(InputError, match=r"does not name it: MuQ.*layers \[8\] do not exist"):
        open_store_encoder(str(both / "songeval"), last)
    with pytest.raises(InputError, match="does not name it: There is no encoder 'nobody'"):
        open_store_encoder("nobody", whole)
    with pytest.raises(WeightsNotFoundError, match="Expected a judge with the encoder 'wavlm'"):
        open_store_encoder("wavlm", whole)


def test_mert_is_known_by_its_weights_and_not_by_its_folder(
    tiny_mert: Path, tmp_path: Path
) -> None:
    moved = shutil.copytree(tiny_mert, tmp_path / "moved")
    spec = spec_of(tiny_mert, (0, -1))
    assert open_store_encoder(str(moved), spec).spec == spec
