"""Judges with the same encoder: each pass once a song, each weight once in memory, same scores."""

import gc
import json
import shutil
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import soundfile
import torch
from safetensors.torch import load_file, save_file

import plaudit.judging.panel
from filled import other_song, song
from formula import head_tensors
from plaudit.audio.segment import SegmentRule
from plaudit.encoders.measured.battery import measure
from plaudit.encoders.shared_pass import Passes, once, sharing
from plaudit.encoders.weights import digest
from plaudit.judging.any_judge import AnyJudge
from plaudit.judging.catalogue import BUNDLED
from plaudit.judging.ensemble import EnsembleJudge, Fitted, ensemble_card
from plaudit.judging.given import Given
from plaudit.judging.load import load_judge
from plaudit.judging.panel import judged_by_all, usable
from plaudit.judging.published.bring import Brought, import_judge
from plaudit.judging.record import SongFailure
from plaudit.model.checkpoint import read_checkpoint
from plaudit.model.folder import model_tensors, read_card, write_folder
from plaudit.model.published.encoder_part import source_of_judge
from published_files import publish

ASKED = Given(prompt="t9 t19 t4")
# Two judges, and the passes that both cannot share, beyond those of the one that makes more.
PAIRS: list[tuple[str, str, dict[str, int]]] = [
    ("songeval", "hear", {}),
    ("hear", "songeval", {}),
    ("clap", "tunejury", {}),
    # The prompt is read once; MuQ-MuLan hears clips of 10 s, CMI-RM chunks of 30 s.
    ("muq-mulan", "cmi-rm", {"Transformer": 3, "_Layer": 4}),
    ("apex", "other-layers", {}),
    # TuneJury hears the second song at once, the other in segments.
    ("tunejury", "on-mert", {"_Positions": 1}),
    ("on-muq", "on-muq-too", {}),
    # Audiobox masks the end of its last window of 10 s, the other one does not.
    ("audiobox", "on-wavlm", {"WavLMModel": 2}),
    ("bundled", "as-bundled", {}),
]
# Networks, or a module that each pass calls once (_Positions of MERT), by the name of the class.
COUNTED = {
    "_Layer",
    "ClapAudioEncoder",
    "ClapTextModel",
    "Transformer",
    "_Positions",
    "WavLMModel",
}


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Write two songs: one as long as a segment of the judges made here, one of some segments."""
    folder = tmp_path_factory.mktemp("heard")
    for name, sound in (("a", song(3.0)), ("b", other_song(10.5))):
        soundfile.write(folder / f"{name}.wav", sound, 24_000, subtype="FLOAT")
    return [folder / "a.wav", folder / "b.wav"]


@pytest.fixture(scope="module")
def home(
    small_judges: Path,
    quick_apex: Path,
    golden: ModuleType,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Return a folder of judges, of which some have the same encoder."""
    home = tmp_path_factory.mktemp("sharing")
    for name in ("songeval", "hear", "clap", "tunejury", "muq-mulan", "audiobox"):
        (home / name).symlink_to(small_judges / name)
    _with_towers_of(small_judges / "muq-mulan", home)
    (home / "apex").symlink_to(quick_apex)
    shutil.copytree(quick_apex, home / "other-layers")
    shutil.copytree(BUNDLED, home / "as-bundled")
    _change(home / "other-layers", lambda card: card["encoder"].update(layers=[7, 0, 5, -2]))
    _change(home / "as-bundled", lambda card: card.update(version="own"))

    def own(name: str, judge: str, encoder: str, layers: tuple[int, ...], length_s: float) -> None:
        source = source_of_judge(small_judges / judge, encoder, layers, "cpu", "exact")
        heard_by, heads = source.open().encoder, home / f"{name}.pt"
        dims = (heard_by.spec.dim, 512, 256)
        torch.save({"model_state": head_tensors(golden.fill, dims=dims)}, heads)
        made = read_checkpoint(heads, dims[0])
        changed = {
            "name": name,
            "encoder": heard_by.spec,
            "recipe": made.recipe.model_copy(update={"segment": SegmentRule(length_s=length_s)}),
            "weights_hash": digest(model_tensors(made.network)),
        }
        card = read_card(quick_apex).model_copy(update=changed)
        write_folder(home / name, card, made.network, heard_by)

    own("on-mert", "tunejury", "mert-330m", (0, 1, 2, -1), 3.0)
    own("on-muq", "hear", "muq", (2, 4, 6, 8), 3.0)
    own("on-muq-too", "hear", "muq", (1, 4, 5, 6), 3.0)
    own("on-wavlm", "audiobox", "wavlm", (0, 1, 2, -1), 10.0)
    return home


def _change(judge: Path, change: Callable[[dict[str, Any]], None]) -> None:
    card = json.loads((judge / "card.json").read_text())
    change(card)
    (judge / "card.json").write_text(json.dumps(card))


def _with_towers_of(mulan: Path, home: Path) -> None:
    """Import a CMI-RM that was made of the towers of a MuQ-MuLan, as the published one is."""
    parts = publish("cmi-rm", home / "published")
    file = parts["model"] / "model.safetensors"
    own = load_file(file)
    for name, value in load_file(mulan / "model.safetensors").items():
        renamed = name.replace("model/mulan.audio.", "audio_module.")
        renamed = renamed.replace("model/mulan.text.", "text_module.")
        own |= {renamed: value} if renamed in own else {}
    save_file(own, file)
    import_judge("cmi-rm", {n: Brought(p) for n, p in parts.items()}, home / "cmi-rm")


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """Count the passes of networks."""
    passes: Counter[str] = Counter()

    def count(module: torch.nn.Module, *_: object) -> None:
        name = type(module).__name__
        passes.update([name] if name in COUNTED else [])

    def measured(*given: Any) -> Any:
        passes["measured"] += 1
        return measure(*given)

    monkeypatch.setattr("plaudit.encoders.measured.encoder.measure", measured)
    hook = torch.nn.modules.module.register_module_forward_hook(count)
    yield passes
    hook.remove()


def _open(home: Path, name: str) -> AnyJudge:
    return load_judge(name if name == "bundled" else home / name, device="cpu")


@pytest.mark.parametrize(("first", "second", "apart"), PAIRS)
def test_a_pass_is_made_once_and_scores_are_those_of_each_judge_alone(
    first: str,
    second: str,
    apart: dict[str, int],
    home: Path,
    heard: list[Path],
    counted: Counter[str],
) -> None:
    pair = [_open(home, first), _open(home, second)]
    alone, needed = {}, Counter[str]()
    for judge in pair:
        counted.clear()
        own = [ASKED.only(usable(judge))] * len(heard)
        alone[judge.id.hash] = list(judge.stream(heard, given=own, timeline=True))
        needed |= counted  # of each kind the larger number
    assert not any(isinstance(row, SongFailure) for rows in alone.values() for row in rows)
    counted.clear()
    rows = list(judged_by_all(pair, heard, given=[ASKED] * len(heard), timeline=True))
    assert {own.id.hash: [r for r in rows if r.judge == own.id] for own in pair} == alone
    assert counted == needed + Counter(apart)


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("hear", "songeval", ("encoder/",)),
        ("tunejury", "clap", ("model/",)),
        ("muq-mulan", "cmi-rm", ("model/audio_module.", "model/text_module.")),
    ],
)
def test_equal_weights_are_held_once(
    first: str, second: str, shared: tuple[str, ...], home: Path
) -> None:
    one = _open(home, first)
    with_one = _held()
    two = _open(home, second)
    file = load_file(home / second / "model.safetensors")
    assert _held() - with_one <= sum(t.nbytes for n, t in file.items() if not n.startswith(shared))
    with_both = _held()
    del one
    assert _held() < with_both  # what the second does not need is gone with the first
    assert two.axes


def _held() -> int:
    """Return the bytes of all tensors that networks hold."""
    gc.collect()
    parameters = [p for p in gc.get_objects() if type(p) is torch.nn.Parameter and not p.is_meta]
    return sum({p.data_ptr(): p.nbytes for p in parameters}.values())


def test_an_ensemble_shares_the_encoders_of_its_judges(
    home: Path, heard: list[Path], counted: Counter[str]
) -> None:
    pair = [_open(home, "songeval"), _open(home, "hear")]
    pair[1].score(heard[1])
    alone = Counter(counted)
    fitted = [Fitted(judge.card.name, judge, range(10)) for judge in pair]
    ensemble = EnsembleJudge(ensemble_card("both", fitted), pair)
    counted.clear()
    ensemble.score(heard[1])
    assert counted == alone


def test_passes_go_with_their_song(
    home: Path, heard: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Passes]] = []

    class Watched(Passes):
        def __init__(self) -> None:
            super().__init__()
            made.append(weakref.ref(self))

    monkeypatch.setattr(plaudit.judging.panel, "Passes", Watched)
    pair = [_open(home, "songeval"), _open(home, "hear")]
    rows = judged_by_all(pair, heard)
    for _ in range(3):  # two of the first song, and one of the second
        next(rows)
    assert [passes() is None for passes in made] == [True, False]
    assert [*rows]
    assert [passes() is None for passes in made] == [True, True]


def test_without_room_a_pass_is_made_again() -> None:
    made: list[int] = []

    def make() -> torch.Tensor:
        made.append(len(made))
        return torch.zeros(2, 3)

    network = torch.nn.Linear(2, 3)
    sound = torch.ones(4)
    for n, passes in ((1, Passes()), (2, Passes(most_bytes=23)), (1, Passes(most_bytes=24))):
        made.clear()
        with sharing(passes):
            once([network], "a", sound, make)
            once([network], "a", sound.clone(), make)
        assert len(made) == n
    made.clear()
    with sharing(Passes()):
        once([network], "a", sound, make)
        once([torch.nn.Linear(2, 3)], "a", sound, make)
        once([network], "b", sound, make)
        for other in (sound[None], 2 * sound, (1, 1)):
            once([network], "a", other, make)
    once([network], "a", sound, make)
    assert len(made) == 7
