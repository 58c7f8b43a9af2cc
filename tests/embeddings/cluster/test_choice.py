"""How a cluster is asked for, without one: names, contradictions, what is missing, the summary."""

import subprocess
import sys
from pathlib import Path

import pytest

from planted_encoder import source, write_song
from planted_work import RULE
from plaudit.core.errors import InputError
from plaudit.embeddings.cluster.choice import check_cluster, device_on
from plaudit.embeddings.cluster.session import ClusterError, ray_session
from plaudit.embeddings.cluster.work import ClusterWork
from plaudit.embeddings.extract.job import EmbedJob
from plaudit.embeddings.extract.listing import songs_of_files
from typed_command import plaudit


def test_a_cluster_is_named_in_one_of_three_ways() -> None:
    for name in ("ray", "auto", "10.0.0.1:6379", "head.example:6379"):
        check_cluster(name)
    for name in ("", "dask", "head.example", "http://head:1", "ray://head:10001"):
        with pytest.raises(InputError, match=r"Expected --cluster ray .*, got '"):
            check_cluster(name)


def test_the_device_of_a_cluster_is_the_cpu() -> None:
    assert device_on("ray", "auto", 0.05) == "cpu"
    assert device_on(None, "auto", None) == "auto"
    with pytest.raises(InputError, match="compute on CPUs, not on cuda"):
        device_on("ray", "cuda", None)
    with pytest.raises(InputError, match="give --cluster too"):
        device_on(None, "auto", 0.05)


def test_a_call_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    song = write_song(tmp_path / "a.wav", 1)
    assert "give --cluster too" in plaudit("score", song, "--workers", 2, status=1).stderr
    for words in (["--device", "cuda", "--cluster", "ray"], ["--price-per-core-hour", 1]):
        for command in (["score", song], ["embed", song, "--out", tmp_path / "store"]):
            assert "luster" in plaudit(*command, *words, status=1).stderr
    assert not (tmp_path / "store").exists()


def test_without_ray_a_job_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = songs_of_files([write_song(tmp_path / "a.wav", 1)], tmp_path)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"run `pip install 'plaudit\[cluster\]'`"):
        EmbedJob(songs, source(), RULE, tmp_path / "store", cluster="ray").run()


def test_where_nobody_answers_it_says_so_at_once() -> None:
    with pytest.raises(ClusterError, match="but none answers"), ray_session("127.0.0.1:9"):
        pass


def test_ray_is_not_imported_for_a_job_of_this_machine() -> None:
    script = (
        "import sys, plaudit.embeddings.extract.job, plaudit.jobs.score, plaudit.jobs.embed.tool;"
        "assert 'ray' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_core_hours_and_cost_are_those_of_a_thousand_hours_of_audio() -> None:
    work = ClusterWork(took_s=60, songs=120, audio_s=7200, core_s=3600, price_per_core_hour=0.04)
    assert work.core_hours == 500
    assert work.cost == 20
    assert work.sentence() == (
        "On the cluster: 60.0 s, 120 songs a minute, 120x real time; 500.0 core hours for 1,000"
        " hours of audio, which cost 20.00 at 0.04 a core hour."
    )
    assert "cost" not in work.model_copy(update={"price_per_core_hour": None}).sentence()
    idle = work.model_copy(update={"songs": 0, "audio_s": 0.0})
    assert (idle.core_hours, idle.cost) == (None, None)
    assert "no song left" in idle.sentence()
