"""A judge that can use a prompt, lyrics or a reference is given those of an item."""

from pathlib import Path

import pytest
import soundfile

from filled import golden, other_song, song, words
from plaudit.benchmarks.suites.our_judge import OurJudge
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.core.errors import InputError
from published_files import publish, weights_options
from typed_command import plaudit

TEXT = words(golden("clap")["texts"]["short"])
LYRICS = " ".join(f"t{i}" for i in golden("cmirm")["texts"]["lyrics"].split(","))


def imported(name: str, folder: Path) -> OurJudge:
    parts = weights_options(publish(name, folder / "published"))
    plaudit("judges", "import", name, *parts, "--out", folder / name, "--accept-licence")
    return OurJudge(str(folder / name), "cpu")


def test_items_are_judged_with_what_they_were_to_answer(tmp_path: Path) -> None:
    path, reference = tmp_path / "a.wav", tmp_path / "r.wav"
    soundfile.write(path, song(10.0), 24_000, subtype="FLOAT")
    soundfile.write(reference, other_song(7.3), 24_000, subtype="FLOAT")
    everything = {"text": TEXT, "lyrics": LYRICS, "reference": reference}
    items = {
        "plain": Item("plain", path=path),
        "again": Item("again", path=path),
        "text": Item("text", path=path, text=TEXT),
        "all": Item("all", path=path, **everything),  # type: ignore[arg-type]
    }
    scores = imported("cmi-rm", tmp_path).predict(items, Losses()).scores
    single = golden("cmirm")["variants"]["plain"]["single"]
    for name, case in (("plain", "song10"), ("text", "song10+text"), ("all", "song10+all")):
        assert list(scores[name].values()) == pytest.approx(single[case], abs=1e-4)
    assert scores["again"] == scores["plain"]


def test_an_item_without_the_prompt_that_a_judge_needs_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, song(3.0, 48_000), 48_000, subtype="FLOAT")
    items = {
        "with": Item("with", path=path, text=TEXT, lyrics="t5"),
        "without": Item("without", path=path),
    }
    losses = Losses()
    judge = imported("clap", tmp_path)
    scores = judge.predict(items, losses).scores
    expected = golden("clap")["cases"]["song_3.0"]["cosine"]["short"]
    assert scores == {"with": {"alignment": pytest.approx(expected, abs=1e-4)}}
    assert [(lost.reason, lost.n) for lost in losses.dropped()] == [("not judged: InputError", 1)]
    # A suite in which none has one is refused at once.
    with pytest.raises(InputError, match="answers a prompt; no item of this suite has any"):
        judge.predict({"without": items["without"]}, Losses())
