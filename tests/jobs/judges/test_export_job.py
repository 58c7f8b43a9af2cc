"""An exported judge scores as the judge does, without torch and without Plaudit."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
import soundfile
import torch

from formula import TINY, mert_tensors
from own_judge import own_judge
from plaudit.audio.segment import SegmentRule
from plaudit.core.axes import AXIS
from plaudit.core.errors import OutputError
from plaudit.core.optional import MissingPackageError
from plaudit.core.settings import load_json
from plaudit.encoders.mert import MertEncoder, architecture_of
from plaudit.encoders.weights import digest
from plaudit.jobs.judges.export import export_judge
from plaudit.jobs.output.streams import Streams
from plaudit.judging.record import SongScores
from plaudit.model.card import Card, HeadSpec, Recipe
from plaudit.model.export.graph import ExportError, compare
from plaudit.model.export.plan import plan_of
from plaudit.model.export.record import ExportRecord
from plaudit.model.folder import judge_hash, load_folder, model_tensors, read_card, write_folder
from plaudit.model.network import Network
from plaudit.model.place import BUNDLED
from typed_command import plaudit

# Runs a script where torch and Plaudit cannot be imported.
ALONE = """
import runpy, sys
sys.modules.update(dict.fromkeys(["torch", "plaudit", "transformers", "scipy"]))
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
AXES = ("streams", "clarity")


class Exported(NamedTuple):
    judge: Path
    folder: Path


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, golden: ModuleType) -> Exported:
    """A judge with all that a recipe can have on a tiny MERT, and its ONNX folder."""
    place = tmp_path_factory.mktemp("exported")
    # Torch takes ten milliseconds for every node of a graph: few convolutions, and two layers.
    convolutions = {"conv_dim": [16, 16], "conv_kernel": [10, 72], "conv_stride": [5, 64]}
    config = {**TINY, **convolutions, "num_hidden_layers": 2}
    encoder = MertEncoder(
        architecture_of(dict(config), do_normalize=True),
        mert_tensors(dict(config), golden.fill),
        where="the tiny MERT",
        name="MERT-tiny",
        layers=(1, -1),
    )
    recipe = Recipe(
        segment=SegmentRule(length_s=2.0, tail="drop", min_tail_s=1.0),
        mix="learned",
        pooling="attention",
        prior="music",
        heads=HeadSpec(
            axes=AXES, input_dim=32, shared_dims=(16, 8), branch_dims=(4,), output="ordinal"
        ),
        members=2,
    )
    network = formed(Network(recipe, 2))
    write_folder(place / "judge", card_of(encoder, recipe, network), network, encoder)
    plaudit("judges", "export", place / "judge", "--format", "onnx", "--out", place / "onnx")
    return Exported(place / "judge", place / "onnx")


def formed(network: Network) -> Network:
    """Return the network with weights that are large enough to matter."""
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.7 * torch.randn(parameter.shape, generator=rng))
    return network.eval()


def card_of(encoder: Any, recipe: Recipe, network: Network) -> Card:
    return Card(
        name="mine",
        version="1",
        summary="A judge of a test.",
        encoder=encoder.spec,
        recipe=recipe,
        weights_hash=digest(model_tensors(network)),
        training_data="None.",
        licence="Apache-2.0",
        citation="None.",
        intended_uses=("Tests.",),
        forbidden_uses=("All others.",),
    )


def song_in(folder: Path, seconds: float = 7.3) -> Path:
    """Write stereo at 44.1 kHz: notes, and a second of silence."""
    rng = np.random.default_rng(4)
    time = np.arange(round(seconds * 44_100)) / 44_100
    tone = 0.3 * np.sin(2 * np.pi * 220 * 2 ** (np.floor(time) / 4) * time)
    sound = np.stack([tone, 0.5 * tone], axis=1) + rng.normal(0, 0.02, (len(time), 2))
    sound[(time > 2.5) & (time < 3.6)] = 0
    soundfile.write(folder / "song.wav", sound, 44_100)
    return folder / "song.wav"


def run_alone(folder: Path, where: Path) -> dict[str, Any]:
    """Run the command of the README and return the line that it prints."""
    command = re.search(r"^python (.+)$", (folder / "README.md").read_text(), re.MULTILINE)
    assert command is not None
    script, song = command[1].split()
    done = subprocess.run(
        [sys.executable, "-c", ALONE, folder / script, song],
        cwd=where, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    line: dict[str, Any] = json.loads(done.stdout)
    return line


def assert_same(line: dict[str, Any], row: SongScores) -> None:
    assert list(line["scores"]) == list(row.scores)
    for axis, value in line["scores"].items():
        tolerance = 1e-4 * (AXIS[axis].high - AXIS[axis].low)
        assert value == pytest.approx(row[axis].value, abs=tolerance), axis


def test_the_readme_s_command_scores_as_the_judge_does(exported: Exported, tmp_path: Path) -> None:
    judge = own_judge(exported.judge)
    scores = []
    # A tail of 1.3 s is filled up, one of .7 s left out.
    for seconds, n_segments in ((7.3, 4), (6.7, 3)):
        row = judge.score(song_in(tmp_path, seconds))
        assert row.timeline is not None
        assert len(row.timeline) == n_segments
        assert_same(run_alone(exported.folder, tmp_path), row)
        scores.append(row["clarity"].value)
    assert abs(scores[0] - scores[1]) > 1e-3  # of songs that the heads tell apart


def test_the_record_says_what_goes_in_and_comes_out(exported: Exported) -> None:
    record = load_json(ExportRecord, exported.folder / "judge.json")
    card = read_card(exported.judge)
    assert record.judge_hash == judge_hash(card)
    assert (record.sample_rate, record.n_samples, record.weights) == (24_000, 48_000, "music")
    assert "shorter than 1 s is left out" in record.last_segment
    assert [(a.name, a.low, a.high) for a in record.axes] == [
        ("streams", 0, 100), ("clarity", 1, 5),
    ]  # fmt: skip
    assert {port.name: port.shape for port in record.outputs} == {
        "scores": (2,), "embedding": (32,), "spread": (2,), "segment_scores": ("n_segments", 2),
    }  # fmt: skip
    assert 0 < record.check.share_of_axis <= record.check.limit
    assert record.check.largest.keys() == {port.name for port in record.outputs}
    assert "All others." in record.card


def test_a_file_that_differs_is_refused(exported: Exported) -> None:
    axes = load_json(ExportRecord, exported.folder / "judge.json").axes
    parts = load_folder(exported.judge, device="cpu")
    assert compare(plan_of(parts), exported.folder / "model.onnx", axes).share_of_axis <= 1e-4
    with torch.no_grad():
        parts.network.get_parameter("members.0.mix.bias").add_(0.05)
    with pytest.raises(ExportError, match=r"differs from this judge by .* 0\.0001 is accepted"):
        compare(plan_of(parts), exported.folder / "model.onnx", axes)


def test_what_was_there_stays_where_an_export_fails(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(exported.folder, tmp_path / "onnx"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def damaged(_: object, path: Path) -> None:
        path.write_bytes(before["model.onnx"][:-1000])
        raise ExportError("Torch makes no graph of this judge: of old age")

    monkeypatch.setattr("plaudit.jobs.judges.export.write_graph", damaged)
    done = plaudit("judges", "export", exported.judge, "--out", folder, status=1)
    assert "of old age" in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert list(tmp_path.iterdir()) == [folder]
    (folder / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match=r"mine\.txt"):
        export_judge(str(exported.judge), folder, Streams(sys.stdout, sys.stderr))


def test_a_judge_on_measurements_is_exported_behind_them(tmp_path: Path) -> None:
    card = read_card(BUNDLED)
    small = {"shared_dims": (8, 4), "branch_dims": (4,), "trees": 2, "leaves": 3}
    heads = card.recipe.heads.model_copy(update=small)
    recipe = card.recipe.model_copy(update={"heads": heads, "members": 1})
    torch.manual_seed(0)
    network = Network(recipe, 1).eval()
    for name, table in network.named_buffers():  # trees of one split each
        if name.endswith(("trees.low", "trees.high")):
            table[..., 0] = 1 if name.endswith("low") else 2
        elif name.endswith("trees.value"):
            table.normal_()
    parts = load_folder(BUNDLED, device="cpu")
    own = card.model_copy(
        update={"recipe": recipe, "weights_hash": digest(model_tensors(network)), "interval": None}
    )
    write_folder(tmp_path / "judge", own, network, parts.encoder)
    folder = tmp_path / "onnx"
    said = plaudit("judges", "export", tmp_path / "judge", "--out", folder).stdout
    readme = (folder / "README.md").read_text()
    for text in (said, readme):
        assert f"The encoder, {card.encoder.name}, is measurements in code" in text
    snippet = re.search(r"```python\n(.+?)```", readme, re.DOTALL)
    assert snippet is not None
    code, song = snippet[1], song_in(tmp_path)
    here = {"bundled": tmp_path / "judge", "song.mp3": song, "song.npz": tmp_path / "song.npz"}
    for word, path in here.items():
        code = code.replace(repr(word).replace("'", '"'), repr(str(path)))
    exec(code, {})  # noqa: S102 - the README's own lines
    assert_same(run_alone(folder, tmp_path), own_judge(tmp_path / "judge").score(song))


def test_there_is_no_other_format(tmp_path: Path) -> None:
    words = ("judges", "export", "bundled", "--format", "tflite", "--out", tmp_path / "x")
    assert "'tflite' is not" in plaudit(*words, status=2).stderr


@pytest.mark.parametrize(
    ("name", "reason"), [("songeval", "a song as a whole"), ("clap", "together with prompt")]
)
def test_a_judge_that_is_no_network_over_segments_is_refused(
    small_judges: Path, tmp_path: Path, name: str, reason: str
) -> None:
    done = plaudit("judges", "export", small_judges / name, "--out", tmp_path / "x", status=1)
    assert "cannot be exported: it hears" in done.stderr
    assert reason in done.stderr
    assert not (tmp_path / "x").exists()


def test_without_the_extra_it_says_what_to_install(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'plaudit\[export\]'"):
        export_judge(str(exported.judge), tmp_path / "x", Streams(sys.stdout, sys.stderr))
    assert not (tmp_path / "x").exists()
