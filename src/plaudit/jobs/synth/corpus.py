"""``plaudit synth corpus``: songs, tables and pages of a corpus, or a check of a complete one."""

from pathlib import Path

from plaudit.jobs.output.streams import Streams
from plaudit.synth.corpus.build import CorpusJob
from plaudit.synth.corpus.plan import CorpusSettings


def make_corpus(out: Path, settings: CorpusSettings, workers: int | None, streams: Streams) -> None:
    """Make a corpus, or go on with it; one that is complete is checked instead.

    Raises
    ------
    CorpusError
        Songs could not be made, or a complete corpus is damaged.
    InputError
        The folder holds something else, the disk is too small, or somebody is at work there.
    """
    with CorpusJob(out, settings, workers, streams.err) as job:
        if job.complete:
            count = job.check()
            streams.show(f"{out} is complete: {count} files have the bytes they were made with.")
            return
        streams.note(settings.sentence)
        made = job.make_songs()
        job.write_tables()

        from plaudit.jobs.synth.pages import write_pages

        streams.note("Drawing the contact sheet and the summary ...")
        write_pages(out)
        job.seal()
    streams.show(f"{settings.n_songs} songs ({made} made now) and their tables are in {out}.")
    streams.show(f"Open {out / 'summary.html'} in a browser, and read {out / 'README.md'}.")
