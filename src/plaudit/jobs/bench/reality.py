"""``plaudit bench reality``: judges on clips of ranked systems, as they are and matched."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory

from plaudit.benchmarks.reality.assembly import JudgedClips, make_result
from plaudit.benchmarks.reality.clip import Clip, manifest_at, read_clips
from plaudit.benchmarks.reality.hearing import Hearing, hear, with_matched
from plaudit.benchmarks.reality.rank_table import read_ranks
from plaudit.benchmarks.reality.record import COPIES, LeftOut, RealityResult, UsedJudge
from plaudit.core.choice import Device, ResultForm
from plaudit.core.errors import InputError
from plaudit.core.option_source import sourced
from plaudit.core.progress import Progress
from plaudit.core.settings import Record
from plaudit.jobs.output.overwrite import check_outputs, write_output
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.scorer import Scorer
from plaudit.judging.catalogue import find_judge, local_judge
from plaudit.judging.comparison import main_axes
from plaudit.judging.given import NOTHING, Given
from plaudit.judging.record import SongScores
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.reports.reality.page import reality_page
from plaudit.reports.reality.table import result_text

AnyCard = Card | PublishedCard
RANKS = "ranks.csv"
PROMPT = "prompt"


class RealitySettings(Record):
    """Which clips, which ranks, which judges, and what is written."""

    manifest: Path  #: Table of clips with columns path, system and prompt, or a folder with one.
    ranks: Path | None = None  #: Table of ranks; ``ranks.csv`` beside the manifest if not given.
    judges: tuple[str, ...] = ("bundled",)  #: Names, folders or hub ids.
    form: ResultForm = "table"  #: What is shown.
    out: Path | None = None  #: JSON file for the record.
    report: Path | None = None  #: HTML page to write as well.
    device: Device = "auto"  #: Where encoders run.


def bench_reality(
    settings: RealitySettings, streams: Streams, *, judges: Mapping[str, Scorer] | None = None
) -> RealityResult:
    """Measure how often judges put the clip of the better-ranked system first; show and write it.

    ``judges`` are opened already, by the names of the settings.

    Raises
    ------
    PlauditError
        A table is wrong as a whole, a judge cannot be used, or a target may not be replaced.
    """
    manifest = manifest_at(settings.manifest)
    ranks = manifest.with_name(RANKS) if settings.ranks is None else settings.ranks
    table = read_ranks(ranks)
    clips, left = read_clips(manifest, table)
    n_rows = len(clips) + len(left)
    names = tuple(dict.fromkeys(settings.judges))
    inputs = [manifest, ranks, *(clip.path for clip in clips), *map(local_judge, names)]
    check_outputs([settings.out, settings.report], inputs)
    for name in names:
        _check_needs(_card(name) if judges is None else judges[name].card, clips, manifest)
    judged: list[JudgedClips] = []
    with TemporaryDirectory(prefix="plaudit-") as folder:
        with Progress("clips read", len(clips), err=streams.err) as progress:
            heard = hear(clips, table, progress.add)
        with Progress("clips matched", len(heard.clips), err=streams.err) as progress:
            heard = with_matched(heard, Path(folder), progress.add)
        left += heard.left_out
        for name in names:
            judge = _opened(name, settings.device) if judges is None else judges[name]
            with Progress("copies judged", 2 * len(heard.clips), err=streams.err) as progress:
                own, failed = _judged(judge, _name(judge, name, judged), heard, progress)
            judged.append(own)
            left += failed
    result = make_result(manifest, ranks, table, n_rows, heard, judged, left)
    result = sourced(result)
    record = result.model_dump_json(indent=2)
    if settings.out is not None:
        write_output(settings.out, record + "\n")
    if settings.report is not None:
        write_output(settings.report, reality_page(result))
    streams.show(record if settings.form == "json" else result_text(result))
    return result


def _card(name: str) -> AnyCard:
    from plaudit.model.published.folder import read_any_card

    return read_any_card(find_judge(name))


def _opened(name: str, device: Device) -> Scorer:
    from plaudit.judging.load import load_judge

    return load_judge(name, device=device)


def _check_needs(card: AnyCard, clips: Sequence[Clip], manifest: Path) -> None:
    """Refuse a judge that could score no clip, before any work is done."""
    needs = card.needs if isinstance(card, PublishedCard) else ()
    others = [need for need in needs if need != PROMPT]
    if others:
        raise InputError(
            f"Judge '{card.name}' scores how a song answers {others[0]}, and bench reality gives"
            " it prompts alone; choose another judge."
        )
    if needs and not any(clip.asked for clip in clips):
        raise InputError(
            f"Judge '{card.name}' scores how a song answers a prompt, and the column 'prompt' of"
            f" {manifest} holds names and no texts; write the texts there, or choose another judge."
        )


def _name(judge: Scorer, given: str, others: Sequence[JudgedClips]) -> str:
    """Return the name of a judge in the result: its own, unless another one has it already."""
    taken = {own.judge.name for own in others}
    return judge.id.name if judge.id.name not in taken else given


def _judged(
    judge: Scorer, name: str, heard: Hearing, progress: Progress
) -> tuple[JudgedClips, list[LeftOut]]:
    """Return the scores of both copies of every clip, and the copies without any."""
    card = judge.card
    prompted = isinstance(card, PublishedCard) and PROMPT in card.conditions
    used = UsedJudge(
        name=name,
        judge=judge.id,
        licence=card.licence,
        axes=judge.axes,
        main=main_axes(judge.axes),
        prompted=prompted and any(clip.asked for clip in heard.clips),
    )
    own, failed = JudgedClips(used), []
    for copies in COPIES:
        scores: list[dict[str, float]] = [{} for _ in heard.clips]
        places = [k for k, path in enumerate(heard.files[copies]) if path is not None]
        given = [Given(prompt=heard.clips[k].asked) if prompted else NOTHING for k in places]
        files = [path for path in heard.files[copies] if path is not None]
        rows = judge.stream(files, given=given, timeline=False)
        for place, row in zip(places, rows, strict=True):
            if isinstance(row, SongScores):
                numbers = {axis: score.value for axis, score in row.scores.items()}
                scores[place] = {a: value for a, value in numbers.items() if isfinite(value)}
                progress.add(row.duration_s)
            else:
                path = str(heard.clips[place].path)
                reason = f"{row.error.type}: {row.error.message}"
                failed.append(LeftOut(path=path, reason=reason, scope=f"{name}, {copies}"))
                progress.add(failed=True)
        own.scores[copies] = scores
    return own, failed
