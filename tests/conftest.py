"""What tests of several areas share: a tiny MERT, a judge made of it, a few songs, PostgreSQL."""

import compileall
import gc
import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import soundfile
import torch
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import text

import plaudit
from formula import TINY, head_tensors, mert_tensors, write_mert
from plaudit.core.database import open_engine
from postgres import postgres
from quick_process import quick_processes

GOLDEN = Path(__file__).parent / "golden"
# No test is timed: how long an example takes says how busy the machine is. Laws that need more than
# fifty examples say so.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.load_profile("untimed")
LONG = ("journeys", "golden", "training", "judging", "cli")


# Tests and packages stay to the end: looking through them again and again costs a quarter of the
# time of collection, and a tenth of that of the tests.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Compile the package once: some fifty processes begin anew and would each do it again."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(str(Path(plaudit.__file__).parent), quiet=2)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the rooms whose tests take longest, so that no worker is left with one at last."""
    tests = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(tests).parts[0] not in LONG)


@pytest.fixture(scope="session", autouse=True)
def processes() -> Iterator[None]:
    """Begin worker processes without the seconds that a new one spends on imports."""
    with quick_processes():
        yield


@pytest.fixture(scope="session")
def golden() -> ModuleType:
    """The recipe of the golden vectors: `fill`, `song`, `resample_input`."""
    spec = importlib.util.spec_from_file_location("golden_signal", GOLDEN / "signal.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny_tensors(golden: ModuleType) -> dict[str, torch.Tensor]:
    """Tensors of the tiny MERT."""
    return mert_tensors(dict(TINY), golden.fill)


@pytest.fixture(scope="session")
def tiny_mert(
    tmp_path_factory: pytest.TempPathFactory, tiny_tensors: dict[str, torch.Tensor]
) -> Path:
    """Folder of the tiny MERT."""
    return write_mert(tmp_path_factory.mktemp("mert") / "MERT-tiny", dict(TINY), tiny_tensors)


@pytest.fixture(scope="session")
def tiny_apex(
    tmp_path_factory: pytest.TempPathFactory, tiny_mert: Path, golden: ModuleType
) -> Path:
    """A judge folder imported from the tiny MERT and heads made by formula."""
    from plaudit.judging.published.apex import import_apex

    folder = tmp_path_factory.mktemp("judges")
    torch.save(
        {"model_state": head_tensors(golden.fill, dims=(32, 512, 256))}, folder / "best_model.pt"
    )
    import_apex(str(tiny_mert), str(folder / "best_model.pt"), folder / "tiny")
    return folder / "tiny"


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small files of encoders as their authors publish them, by the name of the encoder."""
    from published_files import publish

    folder = tmp_path_factory.mktemp("published")
    return {
        "muq": publish("songeval", folder / "songeval")["encoder"],
        "clap": publish("clap", folder / "clap")["model"],
        "wavlm": publish("audiobox", folder / "audiobox")["model"],
        "mulan": publish("muq-mulan", folder / "mulan")["model"],
        "mert-330m": publish("tunejury", folder / "tunejury")["mert"],
    }


@pytest.fixture(scope="session")
def small_judges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published judges that were brought from small files, each a folder by its name."""
    from plaudit.judging.published.bring import Brought, import_judge
    from published_files import publish

    folder = tmp_path_factory.mktemp("judges")
    for judge in ("songeval", "hear", "clap", "audiobox", "muq-mulan", "tunejury", "pam"):
        parts = publish(judge, folder / "published" / judge)
        import_judge(judge, {n: Brought(p) for n, p in parts.items()}, folder / judge)
    return folder


@pytest.fixture(scope="session")
def quick_apex(tmp_path_factory: pytest.TempPathFactory, tiny_apex: Path) -> Path:
    """The same judge on segments of 3 s: of a short song there is next to nothing to pad."""
    judge = tmp_path_factory.mktemp("judges") / "quick"
    shutil.copytree(tiny_apex, judge)
    card = json.loads((judge / "card.json").read_text())
    card["recipe"]["segment"]["length_s"] = 3.0
    (judge / "card.json").write_text(json.dumps(card))
    return judge


@pytest.fixture(scope="session")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of three short composed songs, one with each of two faults: of one segment each."""
    folder = tmp_path_factory.mktemp("songs")
    for name, knobs in (("a", {}), ("b", {"musicality": 0.0}), ("c", {"coherence": 0.0})):
        _compose(folder / f"{name}.wav", 10.0, knobs)
    return folder


@pytest.fixture(scope="session")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A composed song of 33 s: of two segments, the last a short one."""
    return _compose(tmp_path_factory.mktemp("long") / "long.wav", 33.0, {})


def _compose(path: Path, seconds: float, knobs: dict[str, float]) -> Path:
    from plaudit.synth.song import make_song

    song = make_song(3, seconds, knobs)
    soundfile.write(path, song.audio.T, song.sample_rate, subtype="PCM_16")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the system's Chromium once; without one the test fails and says what to install."""
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = os.environ.get("PLAUDIT_CHROMIUM") or next(
        filter(None, map(shutil.which, names)), None
    )
    if not executable or not Path(executable).exists():
        pytest.fail(
            f"The browser tests need Chromium, and found {executable or 'none'}; install it "
            "(`apt install chromium`) or set PLAUDIT_CHROMIUM to its path."
        )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    with (maker := open_engine(postgres_url)).begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    maker.dispose()
    return postgres_url
