"""Devices by the words of the command line."""

import pytest
import torch

from plaudit.core.errors import InputError
from plaudit.encoders.device import choose_device
from typed_command import plaudit


@pytest.fixture
def _two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)


@pytest.mark.usefixtures("_two_gpus")
def test_one_of_several_gpus_can_be_named() -> None:
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    assert choose_device("auto") == choose_device("cuda") == torch.device("cuda")
    with pytest.raises(InputError, match="from cuda:0 to cuda:1, which are here, got cuda:2"):
        choose_device("cuda:2")


def test_what_is_no_device_is_refused_where_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    for word in ("cuda:", "cuda:x", "cpu:1", "gpu"):
        with pytest.raises(InputError, match=f"Unknown device '{word}'"):
            choose_device(word)
        said = plaudit("score", "a.wav", "--device", word, status=2).stderr
        assert f"or cuda:N, got '{word}'" in said
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="Expected a cuda device, but torch finds none here"):
        choose_device("cuda:1")
