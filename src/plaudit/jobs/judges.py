"""``plaudit judges``: judges listed and shown, published weights imported, ours trained."""

from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.jobs.output.overwrite import behind, check_output
from plaudit.jobs.output.streams import Streams
from plaudit.judging.catalogue import IMPORT_HINT, find_judge, judges_folder, list_judges
from plaudit.model.card import Card
from plaudit.reports.look.judge_card import card_text, judge_line


def show_judges(streams: Streams) -> None:
    """Show a line for each judge that a name can be given for."""
    judges = list_judges()
    for judge in judges:
        unreadable = f"{judge.name}: {judge.fault}"
        streams.show(judge_line(judge.name, judge.card) if judge.card else unreadable)
    if "apex" not in {judge.name for judge in judges}:
        streams.show(
            f"\nThe published APEX weights are not here. Import them once:\n  {IMPORT_HINT}\n"
            f"A folder inside {judges_folder()} is found by its name."
        )


def show_judge(name: str, form: str, streams: Streams) -> Card:
    """Show the card of a judge given by name, folder or hub id; ``form`` is "text" or "json"."""
    from plaudit.model.folder import read_card

    card = read_card(find_judge(name))
    if form not in ("text", "json"):
        raise InputError(f"Unknown format '{form}'; known are text, json.")
    streams.show(card.model_dump_json(indent=2) if form == "json" else card_text(card))
    return card


def import_judge(mert: str, checkpoint: str, out: Path, streams: Streams) -> Card:
    """Make a judge folder from the published APEX weights and the MERT weights they need."""
    from plaudit.judging.published import import_apex

    card = import_apex(mert, checkpoint, out)
    streams.show(
        f"Wrote {out}: {card.summary}\n"
        f"Encoder weights: {card.encoder.licence}. Read `plaudit judges show {out}` before use.\n"
        f"Next: plaudit score SONGS --judge {out}"
    )
    return card


class BundledSettings(Record):
    """What of the bundled judge's training is given; the rest stays as it was."""

    out: Path  #: Judge folder to make.
    cache: Path  #: Keeps what is measured, to go on from after a stop.
    training: Path | None = None  #: ``training.json`` of a judge, to make that one again.
    #: Recordings to learn from; seed of everything.
    songs: int | None = None
    seed: int | None = None
    workers: int | None = None  #: Processes; one per core when not given.


def train_bundled_judge(settings: BundledSettings, streams: Streams) -> Card:
    """Compose songs, damage some, simulate their listeners, and train the bundled judge."""
    from plaudit.model.folder import check_judge_folder
    from plaudit.training.bundled.procedure import train_bundled
    from plaudit.training.bundled.training_record import read_settings

    check_judge_folder(settings.out, [settings.training])
    chosen = read_settings(settings.training, train=settings.songs, seed=settings.seed)
    card = train_bundled(
        settings.out,
        chosen,
        cache=settings.cache,
        workers=settings.workers,
        on_progress=streams.show,
    )
    streams.show(f"Wrote {settings.out}: {card.summary}")
    return card


class VoiceTraining(Record):
    """What of the voice detector's training is given; the rest stays as it was."""

    out: Path  #: Weights to write, ``.safetensors``.
    #: Recordings to compose; passes over them; seed of everything.
    songs: int | None = None
    epochs: int | None = None
    seed: int | None = None
    workers: int = 1  #: Processes that compose.


def train_voice_detector(settings: VoiceTraining, streams: Streams) -> None:
    """Train anew, on composed songs, what detects where somebody sings."""
    from plaudit.training.bundled.voice_fit import VoiceSettings, train_voice

    check_output(settings.out)
    given = settings.model_dump(include={"songs", "epochs", "seed"}, exclude_none=True)
    chosen = VoiceSettings(**given)
    quality = train_voice(
        behind(settings.out), chosen, workers=settings.workers, on_progress=streams.show
    )
    streams.show(
        f"Wrote {settings.out}. On {chosen.kept_aside} songs kept aside, shares of frames: pitch"
        f" right {quality.pitch:.2f}, in any octave {quality.pitch_class:.2f}; of those sung,"
        f" {quality.recall:.2f} are taken for sung, of the others {quality.false_alarm:.2f}; where"
        f" notes begin (F-measure) {quality.onsets:.2f}."
    )
