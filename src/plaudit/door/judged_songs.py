"""``plaudit.score``, ``compare`` and ``rank``: the commands of those names."""

from collections.abc import Sequence

from plaudit.core.choice import Device, Precision, RowFormat
from plaudit.door.keywords import PathLike, Songs, path_of, paths_of, quiet, settings_of
from plaudit.judging.comparison import SURE, Comparison
from plaudit.judging.ranking import PREFERENCE, RankedSong
from plaudit.judging.record import SongFailure, SongScores
from plaudit.judging.rows.sequence import Rows


def score(
    paths: Songs = (),
    *,
    judge: PathLike | Sequence[PathLike] = "bundled",
    format: RowFormat | None = None,
    output: PathLike | None = None,
    timeline: bool = False,
    report: PathLike | None = None,
    device: Device = "auto",
    precision: Precision = "exact",
    batch_segments: int | None = None,
    recursive: bool = True,
    limit: int | None = None,
    resume: bool = False,
    copy_to: str | None = None,
    max_seconds: float | None = None,
    manifest: PathLike | None = None,
    prompt: str | None = None,
    lyrics: PathLike | None = None,
    reference: PathLike | None = None,
    cluster: str | None = None,
    workers: int | None = None,
    price_per_core_hour: float | None = None,
) -> Rows[SongScores | SongFailure]:
    """Score songs: popularity (0-100) and aesthetics (1-5), higher is better.

    To score songs one after another with one judge, open it once with `plaudit.load_judge`.

    Parameters
    ----------
    paths : path or sequence of paths
        Files, folders, patterns or URLs.
    judge : str or path, or several
        A judge by name, folder or hub id.
    format : {"table", "json", "jsonl", "csv"}, optional
        Of the rows in ``output``.
    output : path, optional
        File to write the rows to as well.
    timeline : bool, default False
        Whether rows hold the scores of every segment.
    report : path, optional
        Page to write as well, to look at and listen to.
    device, precision, batch_segments : optional
        As `plaudit.load_judge`.
    recursive : bool, default True
        Whether to look into subfolders too.
    limit : int, optional
        Take only the first songs, so many.
    resume : bool, default False
        Go on with a stopped job; needs ``output``.
    copy_to : str, optional
        URL where ``output`` is kept too; on another machine, ``resume`` goes on from there.
    max_seconds : float, optional
        Refuse longer songs.
    manifest : path, optional
        Songs of a manifest or of your own table, instead of paths.
    prompt, lyrics, reference : optional
        Conditions of songs, for judges that use them: a text, a text file, a recording.
    cluster, workers, price_per_core_hour : optional
        Work on Ray, as the command.

    Returns
    -------
    Rows of SongScores and SongFailure
        A row for each song and judge, song after song; a song that could not be judged is a
        `SongFailure` in its place.

    Raises
    ------
    PlauditError
        There is no song, settings contradict each other, or a file may not be replaced.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.score import ScoreSettings, score_songs

    first, *others = paths_of(judge)
    if timeline and format is None and output is None:
        format = "jsonl"  # the command prints a timeline in JSON alone
    settings = settings_of(
        ScoreSettings, "score", paths=paths_of(paths), judge=first, others=tuple(others),
        form=format, output=output, timeline=timeline, report=report, device=device,
        precision=precision, batch_segments=batch_segments, recursive=recursive, limit=limit,
        resume=resume, copy_to=copy_to,
        max_seconds=max_seconds, manifest=manifest, cluster=cluster, workers=workers,
        price_per_core_hour=price_per_core_hour,
        asked=Asked(prompt=prompt, lyrics=path_of(lyrics), reference=path_of(reference)),
    )  # fmt: skip
    rows: Rows[SongScores | SongFailure] = Rows()
    score_songs(settings, quiet(), on_row=rows.append)
    return rows


def compare(
    first: PathLike,
    second: PathLike,
    *,
    judge: PathLike = "bundled",
    model: PathLike | None = None,
    sure: float = SURE,
    embeddings: PathLike | None = None,
    device: Device = "auto",
    scores: PathLike | None = None,
    max_seconds: float | None = None,
    prompt: str | None = None,
    lyrics: PathLike | None = None,
    reference: PathLike | None = None,
    systems: str | None = None,
) -> Comparison:
    """Predict which of two songs people prefer, with a probability and the part of each axis.

    Parameters
    ----------
    first, second : path
        Songs.
    judge : str or path
        A judge by name, folder or hub id.
    model : path, optional
        A model of ``plaudit train-preference``.
    sure : float, default .75
        Chance in (.5, 1) from which on the judge can tell.
    embeddings : path, optional
        Store of the songs, for a model that reads embeddings.
    device : optional
        As `plaudit.load_judge`.
    scores : path, optional
        A file of scores, to judge nothing again.
    max_seconds : optional
        As `plaudit.load_judge`.
    prompt, lyrics, reference : optional
        Conditions of both songs, for judges that use them.
    systems : str, optional
        Systems of both songs, "a,b", for a model with anchors.

    Returns
    -------
    Comparison
        See `plaudit.judging.comparison`.

    Raises
    ------
    PlauditError
        A song could not be judged, or the model does not fit this judge.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.compare import CompareSettings, compare_songs

    [judge_name] = paths_of(judge)
    [a, b] = paths_of([first, second])
    settings = settings_of(
        CompareSettings, "compare", first=a, second=b, judge=judge_name, model=model, sure=sure,
        store=embeddings, device=device, scores=scores, max_seconds=max_seconds, systems=systems,
        asked=Asked(prompt=prompt, lyrics=path_of(lyrics), reference=path_of(reference)),
    )  # fmt: skip
    return compare_songs(settings, quiet())


def rank(
    paths: Songs = (),
    *,
    judge: PathLike = "bundled",
    by: str = PREFERENCE,
    keep: int | None = None,
    group_by: str | None = None,
    manifest: PathLike | None = None,
    scores: PathLike | None = None,
    model: PathLike | None = None,
    format: RowFormat | None = None,
    output: PathLike | None = None,
    sure: float = SURE,
    embeddings: PathLike | None = None,
    device: Device = "auto",
    recursive: bool = True,
    limit: int | None = None,
    max_seconds: float | None = None,
    prompt: str | None = None,
    lyrics: PathLike | None = None,
    reference: PathLike | None = None,
) -> Rows[RankedSong | SongFailure]:
    """Put songs in order, the best first, with the range of places each may truly have.

    Parameters
    ----------
    paths : path or sequence of paths
        Files, folders, patterns or URLs.
    judge : str or path
        A judge by name, folder or hub id.
    by : str, default "preference"
        "preference", "mean" (of the aesthetic axes), or an axis.
    keep : int, optional
        Keep the best of each group, so many; the others say that they are not ``kept``.
    group_by : str, optional
        Column of the table, such as prompt.
    manifest : path, optional
        A manifest or your own table: the songs, where no others are given, and groups.
    scores : path, optional
        A file of scores, to judge nothing again.
    model : path, optional
        A model of ``plaudit train-preference``.
    format : {"table", "json", "jsonl", "csv"}, optional
        Of ``output``.
    output : path, optional
        File to write as well.
    sure : float, default .75
        Chance in (.5, 1) from which on one song is surely better than another.
    embeddings : path, optional
        Store of the songs, for a model that reads embeddings.
    device : optional
        As `plaudit.load_judge`.
    recursive, limit : optional
        As `plaudit.score`.
    max_seconds : optional
        As `plaudit.load_judge`.
    prompt, lyrics, reference : optional
        Conditions of songs, for judges that use them.

    Returns
    -------
    Rows of RankedSong and SongFailure
        All songs in their order, and behind them those that could not be judged.

    Raises
    ------
    PlauditError
        There is no song, settings contradict each other, or a file may not be replaced.
    """
    from plaudit.jobs.asked import Asked
    from plaudit.jobs.rank import RankSettings, rank_songs

    [judge_name] = paths_of(judge)
    settings = settings_of(
        RankSettings, "rank", paths=paths_of(paths), judge=judge_name, by=by, keep=keep,
        group_by=group_by, manifest=manifest, scores=scores, model=model, form=format,
        output=output, sure=sure, store=embeddings, device=device, recursive=recursive,
        limit=limit, max_seconds=max_seconds,
        asked=Asked(prompt=prompt, lyrics=path_of(lyrics), reference=path_of(reference)),
    )  # fmt: skip
    ranking = rank_songs(settings, quiet())
    return Rows([*ranking.songs, *ranking.failures])
