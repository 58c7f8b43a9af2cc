"""The door loads what a name needs, and leaves the looking for garbage as it was."""

import gc

import pytest

import plaudit


@pytest.mark.parametrize("collects", [True, False])
def test_a_name_leaves_the_collector_as_it_was(collects: bool) -> None:
    (gc.enable if collects else gc.disable)()
    try:
        assert callable(plaudit.load_judge)
        assert gc.isenabled() is collects
    finally:
        gc.enable()


def test_nothing_is_sought_while_a_name_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def load(name: str) -> object:
        seen.append(gc.isenabled())
        raise ImportError(name)

    monkeypatch.setattr(plaudit, "import_module", load)
    with pytest.raises(ImportError, match=r"plaudit\.client"):
        _ = plaudit.Client
    assert seen == [False]
    assert gc.isenabled(), "also after a name that cannot be loaded"
