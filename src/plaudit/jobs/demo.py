"""``plaudit demo``: a few songs composed and scored beside the user's own, and the report."""

from pathlib import Path

from plaudit.jobs.output.overwrite import check_inside
from plaudit.jobs.output.streams import Streams
from plaudit.jobs.score import Scored, ScoreSettings, score_songs
from plaudit.synth.demo import compose_demo, demo_files
from plaudit.synth.song_files import is_song_file


def run_demo(
    songs: tuple[str, ...], out: Path, streams: Streams, *, recursive: bool = True
) -> Scored:
    """Compose songs into ``out/songs``, score them and the given ones, and write a report."""
    given = [Path(song) for song in songs]
    check_inside(out, [f"songs/{name}" for name in demo_files()], given, is_song_file)
    check_inside(out, ["report.html"], given)
    streams.note(f"Composing songs with known faults into {out / 'songs'} ...")
    composed = compose_demo(out / "songs")
    report = out / "report.html"
    paths = (*songs, *map(str, composed))
    settings = ScoreSettings(paths=paths, recursive=recursive, report=report)
    scored = score_songs(settings, streams)
    streams.show(f"\nThe report is at {report.resolve()}: open it in a browser.")
    return scored
