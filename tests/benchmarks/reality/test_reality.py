"""Judges with planted ears on clips of ranked systems: accuracies, intervals, what is left out."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.special import stdtrit

from plaudit.benchmarks.reality.clip import Pair
from plaudit.benchmarks.reality.measure import Column, measure_columns
from plaudit.benchmarks.reality.record import Accuracy, RealityResult
from plaudit.core.errors import InputError, MissingFileError, PlauditError
from plaudit.core.settings import load_json
from plaudit.jobs.bench.reality import RealitySettings, bench_reality
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import Scorer
from plaudit.metrics.share import wilson
from ranked_clips import RATE, ToneJudge, tone, write_clips, write_ranks


def run(
    manifest: Path, judges: Mapping[str, Scorer] | None = None, **settings: object
) -> RealityResult:
    judges = {"tone": ToneJudge()} if judges is None else judges
    options = {"manifest": manifest, "judges": tuple(judges), **settings}
    streams = Streams(io.StringIO(), io.StringIO())
    return bench_reality(RealitySettings.model_validate(options), streams, judges=judges)


def accuracy(
    result: RealityResult, score: str, judge: str | None = None, *,
    copies: str = "as is", group: str = "all",
) -> Accuracy:  # fmt: skip
    (found,) = (
        own
        for own in result.accuracies
        if (own.score, own.judge, own.copies, own.group) == (score, judge, copies, group)
    )
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("reality") / "clips")


@pytest.mark.parametrize("copies", ["as is", "matched"])
def test_a_judge_that_follows_the_ranks_is_always_right(folder: Path, copies: str) -> None:
    found = accuracy(run(folder), "mean", "tone", copies=copies)
    assert (found.value, found.n, found.prompts, found.ties) == (1.0, 24, 8, 0)
    # All pairs agree, so each of the eight prompts counts as one case.
    low, high = wilson(8, 8, float(stdtrit(7, 0.975)))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_a_judge_that_turns_them_round_is_never_right(folder: Path) -> None:
    result = run(folder, {"tone": ToneJudge(lambda pitch: -pitch)})
    assert accuracy(result, "mean", "tone").value == 0.0
    found = accuracy(result, "clarity", "tone", copies="matched")
    assert (found.value, found.low) == (0.0, 0.0)


def test_equal_scores_are_worth_one_half(folder: Path) -> None:
    constant = accuracy(run(folder, {"tone": ToneJudge(lambda pitch: 3.0)}), "mean", "tone")
    assert (constant.value, constant.ties) == (0.5, 24)
    # Deaf above 3.5 kHz: the two best of three systems sound alike to it.
    some = accuracy(run(folder, {"tone": ToneJudge(lambda pitch: min(pitch, 3.5))}), "mean", "tone")
    assert some.value == pytest.approx((16 + 0.5 * 8) / 24)
    assert some.ties == 8


def planted_pairs(prompts: int, systems: int) -> list[Pair]:
    return [
        Pair(systems * prompt + a, systems * prompt + b, f"p{prompt}", None)
        for prompt in range(prompts)
        for a in range(systems)
        for b in range(a + 1, systems)
    ]


def test_random_scores_are_right_half_the_time_and_their_intervals_say_so() -> None:
    pairs, held = planted_pairs(40, 5), 0
    for seed in range(60):
        values = np.random.default_rng(seed).normal(size=200)
        (found,) = measure_columns(pairs, [Column("luck", "clarity", "as is", values)])
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        assert found.value == pytest.approx(0.5, abs=0.12)
        held += found.low <= 0.5 <= found.high
    assert 52 <= held <= 60


def test_an_interval_is_wider_where_the_pairs_of_a_prompt_agree() -> None:
    # Half of 16 prompts wholly right, or half of the pairs of every prompt.
    pairs = planted_pairs(16, 5)
    order = np.tile(np.arange(5.0), 16)
    whole = np.where(np.arange(80) // 5 % 2 == 0, -order, order)
    (together,) = measure_columns(pairs, [Column("a", "clarity", "as is", whole)])
    mixed = np.tile([2.0, 0.0, 4.0, 1.0, 3.0], 16)
    (apart,) = measure_columns(pairs, [Column("a", "clarity", "as is", mixed)])
    assert together.value == 0.5
    assert apart.value is not None
    assert 0.3 < apart.value < 0.7
    widths = [(own.high or 0) - (own.low or 0) for own in (together, apart)]
    assert widths[0] > 2 * widths[1]


def test_baselines_hear_what_was_planted_and_nothing_of_matched_copies(tmp_path: Path) -> None:
    folder = write_clips(
        tmp_path / "clips", level=lambda place: 0.3 / (place + 1), seconds=lambda place: 5 - place
    )
    result = run(folder)
    for name in ("loudness", "duration"):
        assert accuracy(result, name).value == 1.0
        matched = accuracy(result, name, copies="matched")
        assert (matched.value, matched.ties) == (0.5, 24)
    assert accuracy(result, "mean", "tone", copies="matched").value == 1.0
    lengths = {clip.baselines["matched"]["duration"] for clip in result.clips}
    assert lengths == {3.0}


def test_bandwidth_is_heard_as_it_is_and_not_in_matched_copies(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "clips", systems=2)
    rng = np.random.default_rng(0)
    for path in (folder / "clips").iterdir():
        rate = 44_100 if path.stem.startswith("s0") else 16_000
        soundfile.write(path, 0.1 * rng.normal(size=2 * rate), rate, subtype="FLOAT")
    result = run(folder, {})
    assert accuracy(result, "bandwidth").value == 1.0
    assert accuracy(result, "bandwidth", copies="matched").value == 0.5
    assert {clip.baselines["as is"]["bandwidth"] for clip in result.clips} == {22.0, 8.0}
    assert {clip.baselines["matched"]["bandwidth"] for clip in result.clips} == {7.0}


def test_one_prompt_has_a_share_and_no_interval(tmp_path: Path) -> None:
    found = accuracy(run(write_clips(tmp_path / "one", prompts=1)), "mean", "tone")
    assert (found.value, found.low, found.high) == (1.0, None, None)
    assert found.reason == "all its pairs are of one prompt, which shows no spread"


def test_few_prompts_have_a_difference_without_an_interval(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "few", prompts=4, level=lambda place: 0.1 * (place + 1))
    few = accuracy(run(folder), "mean", "tone")
    assert few.difference is not None
    # The tones of the three systems end at 4, 4 and 3 kHz: 5 of 6 by bandwidth.
    assert (few.baseline, few.difference.low) == ("bandwidth", None)
    assert few.difference.value == pytest.approx(1 / 6)
    assert few.difference.reason == "an interval needs 8 songs or groups, and there are 4"


def test_a_judge_is_compared_with_the_best_baseline(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "loud", prompts=10, level=lambda place: 0.3 / (place + 1))
    found = accuracy(run(folder), "mean", "tone")
    assert (found.baseline, found.difference and found.difference.value) == ("loudness", 0.0)
    assert accuracy(run(folder), "clarity", "tone").difference is None


def test_systems_of_equal_rank_are_left_out_and_counted(folder: Path, tmp_path: Path) -> None:
    ranks = write_ranks(tmp_path, ["s0,1", "s1,1", "s2,5"])
    result = run(folder, ranks=ranks)
    assert (result.n_pairs, result.equal_ranks) == (16, 8)
    ranks = write_ranks(tmp_path, ["s0,1", "s1,1", "s2,1"])
    with pytest.raises(
        InputError, match=r"none of 24 clips make such a pair \(24 pairs have equal"
    ):
        run(folder, ranks=ranks)


def test_ranks_decide_who_is_better(folder: Path, tmp_path: Path) -> None:
    turned = write_ranks(tmp_path, ["s0,3", "s1,2", "s2,1"])
    assert accuracy(run(folder, ranks=turned), "mean", "tone").value == 0.0


def test_clips_that_cannot_be_used_are_counted_and_the_others_go_on(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "clips")
    (folder / "clips" / "s0-0.wav").unlink()
    (folder / "clips" / "s1-1.wav").write_text("not a song")
    soundfile.write(folder / "clips" / "s2-2.wav", np.zeros(2 * RATE), RATE)
    soundfile.write(folder / "clips" / "new.wav", tone(0), RATE)
    with (folder / "manifest.csv").open("a") as file:
        file.write("clips/new.wav,nobody,a slow waltz number 3\n")
        file.write("clips/other.wav,s0,\nclips/third.wav,,a slow waltz number 3\n")
        file.write("clips/fourth.wav,s0,a prompt that nobody else answers\n")
    soundfile.write(folder / "clips" / "fourth.wav", tone(0), RATE)
    result = run(folder)
    reasons = {Path(own.path).name: own.reason for own in result.left_out}
    assert reasons["s0-0.wav"] == "the audio file is missing"
    assert "s1-1.wav" in reasons["s1-1.wav"]
    assert "silent" in reasons["s2-2.wav"]
    assert reasons["new.wav"] == "the table of ranks has no rank of system 'nobody'"
    assert reasons["other.wav"] == "the row names no prompt"
    assert reasons["third.wav"] == "the row names no system"
    assert reasons["fourth.wav"] == "no clip of a system of another rank answers its prompt"
    assert len(reasons) == len(result.left_out) == 7
    assert (result.n_rows, len(result.clips), result.n_pairs) == (28, 21, 18)
    assert accuracy(result, "mean", "tone").value == 1.0


def test_a_copy_that_a_judge_cannot_hear_costs_its_pairs_alone(folder: Path) -> None:
    deaf = ToneJudge(name="deaf", fails=lambda path: path.name in {"s0-0.wav", "000001.wav"})
    result = run(folder, {"tone": ToneJudge(), "deaf": deaf})
    assert accuracy(result, "mean", "deaf").n == 22
    assert accuracy(result, "mean", "deaf", copies="matched").n == 22
    assert accuracy(result, "mean", "tone").n == accuracy(result, "loudness").n == 24
    left = [(Path(own.path).name, own.scope, own.reason) for own in result.left_out]
    assert left == [
        ("s0-0.wav", "deaf, as is", "DeafError: not heard"),
        ("s1-0.wav", "deaf, matched", "DeafError: not heard"),
    ]
    nobody = run(folder, {"deaf": ToneJudge(name="deaf", fails=lambda path: True)})
    found = accuracy(nobody, "mean", "deaf")
    assert (found.value, found.n, found.reason) == (
        None, 0, "no pair has this score on both sides",
    )  # fmt: skip


def test_a_clip_that_is_silent_where_the_others_sound_has_no_matched_copy(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "clips")
    late = np.concatenate([np.zeros(3 * RATE), tone(0)])
    soundfile.write(folder / "clips" / "s0-0.wav", late, RATE, subtype="FLOAT")
    result = run(folder)
    (left,) = result.left_out
    assert (Path(left.path).name, left.scope) == ("s0-0.wav", "matched")
    assert "nothing can be heard in its first 2.0 s" in left.reason
    assert accuracy(result, "mean", "tone", copies="matched").n == 22
    assert accuracy(result, "loudness").n == 24


def test_axes_stand_beside_the_mean_of_the_main_ones(folder: Path) -> None:
    # The second axis counts double, the first falls: the mean of both follows the second.
    judge = ToneJudge(axes=("content_enjoyment", "production_complexity", "production_quality"))
    result = run(folder, {"tone": judge})
    assert result.judges[0].main == ("content_enjoyment", "production_quality")
    assert [own.score for own in result.accuracies if own.judge][:4] == ["mean", *judge.axes]
    only = run(folder, {"tone": ToneJudge(axes=("production_complexity",))})
    assert [own.score for own in only.accuracies if own.judge] == ["production_complexity"] * 2


def test_two_judges_of_one_name_are_kept_apart(folder: Path) -> None:
    judges = {"a": ToneJudge(), "folder/b": ToneJudge(lambda pitch: -pitch)}
    result = run(folder, judges)
    assert [judge.name for judge in result.judges] == ["tone", "folder/b"]
    assert accuracy(result, "mean", "tone").value == 1.0
    assert accuracy(result, "mean", "folder/b").value == 0.0


def test_a_judge_that_can_use_prompts_is_given_their_text(folder: Path) -> None:
    asked, other = ToneJudge(name="asked", needs=("prompt",)), ToneJudge()
    result = run(folder, {"asked": asked, "tone": other})
    assert [own.prompt for own in asked.given[:4]] == ["a slow waltz number 0"] * 3 + [
        "a slow waltz number 1"
    ]
    assert len(asked.given) == 48  # of both copies
    assert {own.prompt for own in other.given} == {None}
    assert [judge.prompted for judge in result.judges] == [True, False]


def test_names_of_prompts_are_not_given_as_texts(folder: Path, tmp_path: Path) -> None:
    text = (folder / "manifest.csv").read_text().replace("a slow waltz number ", "p")
    named = tmp_path / "named.csv"
    named.write_text(text.replace("clips/", f"{folder}/clips/"))
    needy, able = ToneJudge(needs=("prompt",)), ToneJudge(needs=())
    with pytest.raises(InputError, match="holds names and no texts; write the texts there"):
        run(named, {"tone": needy}, ranks=folder / "ranks.csv")
    result = run(named, {"tone": able}, ranks=folder / "ranks.csv")
    assert {own.prompt for own in able.given} == {None}
    assert not result.judges[0].prompted
    assert {clip.prompt for clip in result.clips} == {f"p{k}" for k in range(8)}


def test_a_judge_that_needs_more_than_a_prompt_is_refused_at_once(folder: Path) -> None:
    judge = ToneJudge(needs=("reference",))
    with pytest.raises(InputError, match="how a song answers reference, and bench reality gives"):
        run(folder, {"tone": judge})
    assert judge.heard == []


def with_groups(folder: Path, groups: Mapping[str, str]) -> None:
    """Add a column of groups, by the first words of the path that they hold for."""
    head, *rows = (folder / "manifest.csv").read_text().splitlines()
    own = [next((g for part, g in groups.items() if part in row), "") for row in rows]
    lines = [f"{head},group", *(f"{row},{g}" for row, g in zip(rows, own, strict=True))]
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")


def test_groups_of_the_manifest_are_measured_apart(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "clips", systems=2)
    with_groups(folder, {f"-{k}.wav": "voices" if k < 3 else "instrumental" for k in range(7)})
    # It hears instrumental music, whose prompts are 3 to 6, and turns songs with voices round.
    result = run(folder)
    assert result.groups == ("instrumental", "voices")
    counts = {g: accuracy(result, "mean", "tone", group=g).n for g in ("all", *result.groups)}
    assert counts == {"all": 8, "instrumental": 4, "voices": 3}


def test_groups_of_systems_come_from_the_ranks(folder: Path, tmp_path: Path) -> None:
    ranks = write_ranks(
        tmp_path, ["s0,1,audio", "s1,2,audio", "s2,3,rendered MIDI"], "system,rank,group"
    )
    judge = ToneJudge(lambda pitch: abs(pitch - 3.5))  # .5, .1 and .3: the last above the second
    result = run(folder, {"tone": judge}, ranks=ranks)
    assert result.groups == ("audio", "audio + rendered MIDI")
    assert accuracy(result, "mean", "tone", group="audio").value == 1.0
    assert accuracy(result, "mean", "tone", group="audio + rendered MIDI").value == 0.5
    assert [system.group for system in result.systems] == ["audio", "audio", "rendered MIDI"]


def test_ranks_of_a_group_hold_inside_it(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "clips", systems=2)
    with_groups(folder, {f"-{k}.wav": "voices" if k < 4 else "instrumental" for k in range(8)})
    text = (folder / "manifest.csv").read_text()
    odd = "s1-0.wav,s1,a slow waltz number 0"
    moved = text.replace(f"{odd},voices", f"{odd},instrumental")
    (folder / "manifest.csv").write_text(moved)
    rows = ["s0,1,voices", "s1,2,voices", "s0,2,instrumental", "s1,1,instrumental"]
    write_ranks(folder, rows, "system,rank,group")
    result = run(folder)
    assert (result.n_pairs, result.of_two_groups) == (7, 1)
    assert accuracy(result, "mean", "tone", group="voices").value == 1.0
    assert accuracy(result, "mean", "tone", group="instrumental").value == 0.0
    (folder / "manifest.csv").write_text(text.replace(",instrumental", ",choir"))
    left = run(folder).left_out
    assert {own.reason for own in left} == {
        "the table of ranks has no rank of system 's0' in group 'choir'",
        "the table of ranks has no rank of system 's1' in group 'choir'",
    }


def test_no_group_can_have_the_name_of_all_pairs(tmp_path: Path) -> None:
    folder = write_clips(tmp_path / "clips", systems=2)
    with_groups(folder, {"-0.wav": "all"})
    with pytest.raises(InputError, match="'all' is the name of all pairs"):
        run(folder)


def test_the_order_of_rows_changes_no_digit(folder: Path, tmp_path: Path) -> None:
    head, *rows = (folder / "manifest.csv").read_text().splitlines()
    rows = [rows[k] for k in np.random.default_rng(3).permutation(len(rows))]
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text("\n".join([head, *rows]).replace("clips/", f"{folder}/clips/") + "\n")
    judge = {"tone": ToneJudge(lambda pitch: np.sin(50 * pitch))}
    first = run(folder, judge)
    assert run(shuffled, judge, ranks=folder / "ranks.csv").accuracies == first.accuracies


def test_a_manifest_of_ours_is_read_too(folder: Path, tmp_path: Path) -> None:
    head, *rows = (folder / "manifest.csv").read_text().splitlines()
    lines = [f"id-{k},{folder}/{row}" for k, row in enumerate(rows)]
    path = tmp_path / "songs.csv"
    path.write_text("\n".join(["song_id,path,system,prompt_text", *lines]) + "\n")
    assert head == "path,system,prompt"
    result = run(path, ranks=folder / "ranks.csv")
    assert (result.n_pairs, result.n_prompts) == (24, 8)


@pytest.mark.parametrize(
    ("rows", "head", "sentence"),
    [
        (["s0,1"], "system,place", "has no column 'rank'; expected a table of ranks"),
        (["s0,1"], "name,rank", "has no column 'system'"),
        (["s0,first"], "system,rank", "line 2: expected a rank from 1 .* on, got 'first'"),
        (["s0,1", "s1,0"], "system,rank", "line 3: expected a rank from 1 .* on, got '0'"),
        (["s0,"], "system,rank", "line 2: expected a rank from 1 .* on, got nothing"),
        (["s0,nan"], "system,rank", "got 'nan'"),
        ([",1"], "system,rank", "line 2: the system is empty"),
        (["s0,1", "s0,2"], "system,rank", "line 3: s0 came before"),
        (["s0,1", "s0"], "system,rank", "line 3: expected 2 fields"),
        ([], "system,rank", "has no rows"),
        (["s0,1,a", "s0,2,b", "s1,3,"], "system,rank,group", "one of s1 without a group"),
    ],
)
def test_a_wrong_table_of_ranks_is_told_in_a_sentence(
    folder: Path, tmp_path: Path, rows: list[str], head: str, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        run(folder, ranks=write_ranks(tmp_path, rows, head))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("path,prompt\na.wav,p\n", "names no system of its clips; its column 'system' has to"),
        ("path,system\na.wav,s0\n", "names no prompt of its clips; its column 'prompt' has to"),
        ("system,prompt\ns0,p\n", "expected a column 'path'"),
        ("path,system,prompt\n", "expected a row for each song"),
        ("path,system,prompt\na.wav,s0,p\na.wav,s0,p\n", "is in line 2 too"),
        ("path,system,prompt\na.wav,s0\n", "line 2"),
        ("path,system,prompt\na.wav,s0,p\nb.wav,s1,p\n", "None of the 2 clips .* can be used"),
    ],
)
def test_a_wrong_manifest_is_told_in_a_sentence(
    folder: Path, tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text(text)
    with pytest.raises(PlauditError, match=sentence):
        run(path, ranks=folder / "ranks.csv")


def test_tables_that_are_not_there_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="Expected a table of ranks with columns"):
        run(folder, ranks=tmp_path / "none.csv")
    with pytest.raises(MissingFileError, match="Expected a manifest"):
        run(tmp_path / "none.csv", ranks=folder / "ranks.csv")
    with pytest.raises(InputError, match=r"Expected manifest.csv .* and found none"):
        run(tmp_path, ranks=folder / "ranks.csv")


def test_the_record_holds_every_number_and_is_read_again(folder: Path, tmp_path: Path) -> None:
    result = run(folder, out=tmp_path / "result.json", report=tmp_path / "page.html")
    again = load_json(RealityResult, tmp_path / "result.json")
    assert again == result
    clip = again.clips[0]
    assert set(clip.baselines["matched"]) == {"loudness", "bandwidth", "duration"}
    assert clip.baselines["matched"]["loudness"] == -23.0
    assert clip.scores["matched"] == {"tone": {"clarity": pytest.approx(4.0, abs=0.01)}}
    assert "Judge tone puts the clip of the better-ranked system first in 100 %" in (
        tmp_path / "page.html"
    ).read_text(encoding="utf-8")
    with pytest.raises(InputError, match="is what is read"):
        run(folder, out=folder / "ranks.csv")
