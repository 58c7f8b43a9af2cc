"""``plaudit judges``: their cards shown, published weights imported, ours trained."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from plaudit.core.errors import InputError
from plaudit.core.settings import Record
from plaudit.jobs.output.overwrite import behind, check_output
from plaudit.jobs.output.streams import Streams
from plaudit.judging.catalogue import find_judge, judges_folder
from plaudit.judging.published.apex import import_apex
from plaudit.judging.published.bring import Brought, import_judge
from plaudit.judging.published.installed import APEX
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.facts import KNOWN
from plaudit.reports.look.judge_card import card_text


def import_published(
    name: str,
    weights: Sequence[str],
    out: Path | None,
    streams: Streams,
    *,
    accept_licence: bool = False,
    options: Sequence[str] = (),
) -> Card | PublishedCard:
    """Make a judge folder from the published files of a judge, given as ``PART=PATH``.

    ``options`` are choices of its procedure, as ``NAME=VALUE``.

    Raises
    ------
    InputError
        There is no such judge or part, a licence was not accepted, or the folder holds something
        else.
    WeightsError
        A tensor or setting is missing, left over, of a wrong shape or not finite; it is named.
    """
    sources = {}
    for word in weights:
        part, equals, path = word.partition("=")
        if not equals or not path:
            raise InputError(f"Expected --weights PART=PATH, got '{word}'.")
        if part in sources:
            raise InputError(f"Part '{part}' is given twice; give it once.")
        sources[part] = Brought(Path(path))
    if name in KNOWN:
        require_licence(name, streams, accepted=accept_licence)
    folder = judges_folder() / name if out is None else out
    card: Card | PublishedCard
    if name == APEX:
        mert, checkpoint = _apex_parts(sources, options)
        card = import_apex(mert, checkpoint, folder)
    else:
        card = import_judge(name, sources, folder, _options(options))
    streams.show(
        f"Wrote {folder}: {card.summary}\n"
        f"Licence: {card.licence}. Read `plaudit judges show {out or name}` before use.\n"
        f"Next: plaudit score SONGS --judge {out or name}"
    )
    return card


def _apex_parts(sources: Mapping[str, Brought], options: Sequence[str]) -> tuple[str, str]:
    """Return where the two parts of APEX are, which is a network and an encoder of our kind."""
    if options or set(sources) != {"mert", "checkpoint"}:
        raise InputError(
            "Expected --weights mert=DIR and --weights checkpoint=FILE of apex, and no option; got"
            f" {', '.join([*sources, *options]) or 'nothing'}."
        )
    return str(sources["mert"].path), str(sources["checkpoint"].path)


def _options(words: Sequence[str]) -> dict[str, JsonValue]:
    options: dict[str, JsonValue] = {}
    for word in words:
        name, _, text = word.partition("=")
        try:
            options[name] = float(text) if "." in text else int(text)
        except ValueError:
            raise InputError(f"Expected --option NAME=NUMBER, got '{word}'.") from None
    return options


def require_licence(name: str, streams: Streams, *, accepted: bool) -> None:
    """Show the licence of a judge, and refuse one without commercial use that was not accepted."""
    facts = KNOWN[name]
    streams.show(
        f"{facts.title}. Licence: {facts.licence}. Not allowed: {facts.forbids}"
        f" Learned from: {facts.learned_from} Size: {facts.gigabytes:g} GB."
    )
    if not facts.commercial and not accepted:
        raise InputError(
            f"The licence of '{name}' allows no commercial use; add --accept-licence if yours is"
            " none."
        )


def show_judge(name: str, form: str, streams: Streams) -> Card | PublishedCard:
    """Show the card of a judge given by name, folder or hub id; ``form`` is "text" or "json"."""
    from plaudit.model.published.folder import read_any_card

    card = read_any_card(find_judge(name))
    if form not in ("text", "json"):
        raise InputError(f"Unknown format '{form}'; known are text, json.")
    streams.show(card.model_dump_json(indent=2) if form == "json" else card_text(card))
    return card


def import_apex_judge(mert: str, checkpoint: str, out: Path, streams: Streams) -> Card:
    """Make a judge folder from the published APEX weights and the MERT weights they need."""
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
