"""``plaudit demo``: a few songs composed and scored beside the user's own, and the report."""

from pathlib import Path

from plaudit.jobs.output.streams import Streams
from plaudit.jobs.score import Scored, ScoreSettings, score_songs
from plaudit.synth.demo import compose_demo


def run_demo(songs: tuple[str, ...], out: Path, streams: Streams) -> Scored:
    """Compose songs into ``out/songs``, score them and the given ones, and write a report."""
    streams.note(f"Composing songs with known faults into {out / 'songs'} ...")
    composed = compose_demo(out / "songs")
    report = out / "report.html"
    scored = score_songs(ScoreSettings(paths=(*songs, *map(str, composed)), report=report), streams)
    streams.show(f"\nThe report is at {report.resolve()}: open it in a browser.")
    return scored
