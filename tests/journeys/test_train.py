"""Training through the real command line: killed at any time, the next run ends the same."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from safetensors.torch import load_file

from planted_songs import planted, write_files
from plaudit.core.parse import load_values
from quick_process import begun, killed_at
from typed_command import plaudit

SETTINGS = """
manifest = "{0}/songs.parquet"
store = "{0}/store"
out = "{0}/unused"
preset = "plaudit"
mix = "softmax"
members = 2
average = 0.9
epochs = 6
patience = 6
batch = 8
shared_dims = [16, 8]
branch_dims = [8]
device = "cpu"
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_files(planted(120, n_layers=2, test=0.2), folder)
    (folder / "train.toml").write_text(SETTINGS.format(folder))
    return folder


@pytest.fixture(scope="module", autouse=True)
def here() -> Iterator[None]:
    """What is not killed runs in this process, on one thread as the others."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_a_killed_training_ends_as_one_that_was_never_stopped(folder: Path) -> None:
    config, whole, killed = str(folder / "train.toml"), folder / "whole", folder / "killed"
    plaudit("train", config, "--out", whole)
    assert load_values(whole / "run.json")["option_sources"]["out"] == "command line"
    state = killed / "state"
    for name in ("member-0", "member-1"):
        killed_at(state / f"{name}.checkpoint", "train", config, "--out", killed)
    assert "Going on after epoch" in plaudit("train", config, "--out", killed).stdout
    results = [json.loads((run / "result.json").read_text()) for run in (whole, killed)]
    for result in results:
        del result["settings"]["out"]
    assert results[0] == results[1]
    for member in range(2):
        networks = [load_file(run / "state" / f"member-{member}.safetensors") for run in (whole, killed)]  # fmt: skip  # noqa: E501
        assert networks[0].keys() == networks[1].keys()
        assert all(networks[0][name].equal(networks[1][name]) for name in networks[0])
    logs = [(run / "log.jsonl").read_text().splitlines() for run in (whole, killed)]
    records = [[json.loads(line) for line in log] for log in logs]
    for log in records:
        for record in log:
            del record["seconds"]
    assert records[0] == records[1]
    assert (whole / "predictions.parquet").read_bytes() == (killed / "predictions.parquet").read_bytes()  # fmt: skip  # noqa: E501
    assert "is finished" in plaudit("train", config, "--out", killed).stdout


def test_a_killed_sweep_ends_with_the_same_table(folder: Path) -> None:
    names = ("song-full-uncertainty-2", "song-popularity-uncertainty-3")
    words = ["sweep", str(folder / "train.toml"), "--conditions", ",".join(names)]
    words += ["--seeds", "1", "--workers"]
    plaudit(*words, 2, "--out", folder / "one")
    stopped = folder / "two"
    second = stopped / "runs" / names[1] / "seed-42" / "log.jsonl"
    killed_at(second, *words, 1, "--out", stopped)
    assert "1 of 2 runs are finished" in plaudit(*words, 2, "--out", stopped).stdout
    for name in ("table.json", "table.csv", "table.txt", "table.png"):
        assert (folder / "one" / name).read_bytes() == (stopped / name).read_bytes()
    table = json.loads((folder / "one" / "table.json").read_text())
    assert table["seeds"] == [42]
    assert table["changes"] == {names[0]: {}, names[1]: {"condition": names[1]}}


def test_two_processes_train_one_network(folder: Path) -> None:
    """As `accelerate launch` begins them: it tells each its rank, and where they meet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
        "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    out, files = folder / "both", [folder / f"rank-{rank}.txt" for rank in range(2)]
    processes = []
    for rank, file in enumerate(files):
        with patch.dict(os.environ, told | {"RANK": str(rank), "LOCAL_RANK": str(rank)}):
            words = ("train", folder / "train.toml", "--out", out)
            processes.append(begun(*words, printed=file))
    for process in processes:
        process.join(300)
    printed = [file.read_text() for file in files]
    assert [process.exitcode for process in processes] == [0, 0], printed
    result = json.loads((out / "result.json").read_text())
    assert result["epochs"] == [6, 6]
    assert [text.count("Wrote") for text in printed] == [1, 0]
