"""A judge's card in plain words: for the terminal here, for a page through `card_sections`.

The card is a record for programs; this file says the same in sentences a musician can read. It
adds no judgement of its own: a number without a baseline is shown without one.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from rich.cells import cell_len

from plaudit.model.card import Card, Interval, Metric, Origin, Recipe
from plaudit.model.published.card import PartRecord, PublishedCard
from plaudit.reports.look.number import span
from plaudit.reports.look.wording import aligned, capital, count_text, known_axis, safe_text

AnyCard = Card | PublishedCard
NO_INTERVAL = (
    "This judge gives no interval: it has not measured how far its scores lie from the truth, "
    "so low and high stay empty."
)
UNASKED = "No listener was asked about these songs."
METRIC_HEADER = ("measure", "axis", "value", "95 % interval", "baseline", "songs", "data")
_POOLING = {
    "mean": "every segment counts the same",
    "duration": "a segment counts by how much audio it holds",
    "music": "a segment counts by how much music it holds",
    "attention": "a learned weight says how much each segment counts",
    "attended": "segments attend to each other, then their mean and maximum count",
    "statistics": "segments attend to each other, then learned means and deviations count",
}


@dataclass(frozen=True)
class Section:
    """One heading of a card with what stands below it: sentences, or points of a list."""

    title: str
    sentences: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


def _recipe_sentences(card: Card) -> tuple[str, ...]:
    recipe, encoder = card.recipe, card.encoder
    if len(encoder.layers) == 1:
        output = f"{encoder.dim} numbers"
    else:
        layers = ", ".join(str(layer) for layer in encoder.layers)
        mix = "a learned" if recipe.mix == "learned" else "the published fixed"
        output = f"{encoder.dim} numbers from each of its layers {layers}, joined by {mix} mix"
    return (
        f"It cuts a song into segments of {recipe.segment.length_s:g} seconds; {_tail(recipe)}.",
        f"The encoder {encoder.name} takes each of them at {encoder.sample_rate:,} Hz and gives "
        f"{output}.",
        f"{_level(recipe)}; {_POOLING[recipe.pooling]}.",
        "A file without any sound is "
        f"{'refused' if recipe.silence == 'refuse' else 'scored like any other'}.",
    )


def _procedure_sentences(card: PublishedCard) -> tuple[str, ...]:
    """Return how a published judge processes a song, and which conditions it can use."""
    can = ", ".join(card.conditions) or "none"
    needs = f" It needs: {', '.join(card.needs)}." if card.needs else ""
    options = ", ".join(f"{name} {_option(value)}" for name, value in card.options.items())
    chosen = "Fitted" if card.procedure == "ensemble" else "Chosen otherwise than by default"
    return (
        f"It hears {safe_text(card.hearing)}.",
        f"Conditions that it can use: {can}.{needs}",
        *((f"{chosen}: {safe_text(options)}.",) if options else ()),
    )


def _option(value: JsonValue) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _tail(recipe: Recipe) -> str:
    if recipe.segment.tail == "pad":
        return (
            "the last one is filled up with silence for the score, and replaced by the last full"
            " window in the timeline"
        )
    return f"a last one shorter than {recipe.segment.min_tail_s:g} seconds is left out"


def _level(recipe: Recipe) -> str:
    if recipe.pooling in ("attended", "statistics"):
        return "The segments are joined first and the song is scored once"
    if recipe.level == "song":
        return "The segments are averaged first and the song is scored once"
    return "Each segment is scored and the scores are averaged"


def _interval_sentences(card: Card) -> tuple[str, ...]:
    interval = card.interval
    if interval is None:
        return (NO_INTERVAL,)
    return (
        safe_text(interval.explanation),
        f"Stated coverage: {100 * interval.coverage:g} %. {_half_widths(interval)}",
    )


def _half_widths(interval: Interval) -> str:
    """Return the half widths in points of each axis, not the factors that a card keeps."""
    factors = interval.half_width
    if not factors:
        return "No axis has an interval."
    if interval.scale == "constant":
        widths = ", ".join(f"{axis} ±{width:.3g}" for axis, width in factors.items())
        return f"Half widths before clipping to the range of the axis: {widths}."
    least = {axis: factors[axis] * floor for axis, floor in interval.floor.items()}
    text = "The half width is a factor times the predicted spread of the song"
    if not any(least.values()):
        return f"{text}: " + ", ".join(f"{axis} {factors[axis]:.3g}" for axis in factors) + "."
    widths = ", ".join(f"{axis} ±{width:.3g}" for axis, width in least.items())
    return f"{text}, and before clipping to the range of the axis at least: {widths}."


def _familiarity(card: Card) -> tuple[Section, ...]:
    known = card.familiarity
    if known is None:
        return ()
    sentence = (
        f"A song farther than {known.limit:.2f} from what it learned is marked unfamiliar:"
        f" {100 * known.coverage:g} % of songs of the training kind lie within."
    )
    short = ", ".join(f"{limit:.2f} at {seconds:g} s" for seconds, limit in known.short[:-1])
    own = (
        f"Measurements of short clips scatter more, so they have limits of their own: {short}. A"
        " clip beyond the limit of songs and within its own is marked short."
    )
    clips = (own,) if short else ()
    return (Section("When it warns", (sentence, *clips, safe_text(known.explanation))),)


def _axis_sentences(card: AnyCard) -> dict[str, str]:
    """Return by score what it means and on which scale."""
    if isinstance(card, PublishedCard):
        return {
            axis.name: safe_text(f"{capital(axis.scale)}. {capital(axis.meaning)}.")
            for axis in card.axes
        }
    axes = map(known_axis, card.score_names)
    return {
        axis.name: f"{axis.low:g} to {axis.high:g}, higher is better. {axis.meaning}"
        f" Source: {axis.source}."
        for axis in axes
    }


def origin_text(card: AnyCard) -> str:
    """Return what a card says of whom its judge learned from, to stand beside its scores."""
    of_itself = card.summary if isinstance(card, Card) else card.training_data
    return f"The card of {safe_text(card.name)}: {safe_text(of_itself)}"


def metric_row(metric: Metric) -> tuple[str, ...]:
    """Return one measured number as the cells of `METRIC_HEADER`; empty where the card has none."""
    return (
        safe_text(metric.measure),
        safe_text(metric.axis),
        f"{metric.value:.3g}",
        span(metric.low, metric.high, ".3g"),
        "" if metric.baseline is None else f"{metric.baseline:.3g}",
        f"{metric.n:,}",
        safe_text(metric.data),
    )


def card_sections(card: AnyCard) -> tuple[Section, ...]:
    """Return the prose of a card; axes, metrics and hashes are tables and not among it."""
    how: tuple[Section, ...]
    if isinstance(card, PublishedCard):
        how = (
            Section("How it makes a score", _procedure_sentences(card)),
            Section("Where ours differs", points=_listed(card.differs)),
            Section("What low and high mean", (NO_INTERVAL,)),
        )
    else:
        how = (
            Section("How it makes a score", _recipe_sentences(card)),
            Section("What low and high mean", _interval_sentences(card)),
            *_familiarity(card),
        )
    return (
        Section("What it learned from", (safe_text(card.training_data),)),
        *how,
        Section("Use it for", points=_listed(card.intended_uses)),
        Section("Do not use it for", points=_listed(card.forbidden_uses)),
        Section("Known limits", points=_listed(card.limits)),
    )


def _listed(items: Sequence[str]) -> tuple[str, ...]:
    return tuple(safe_text(item) for item in items) or ("The card names none.",)


def card_facts(card: AnyCard) -> tuple[tuple[str, str], ...]:
    """Return what identifies a judge, as labels and texts: names, licences and hashes."""
    if isinstance(card, PublishedCard):
        return (
            ("judge", safe_text(f"{card.name} {card.version}")),
            ("licence", safe_text(card.licence)),
            *((f"part {name}", safe_text(_part(part))) for name, part in card.parts.items()),
            ("weights hash", safe_text(card.weights_hash)),
            ("citation", safe_text(card.citation)),
        )
    encoder = card.encoder
    return (
        ("judge", safe_text(f"{card.name} {card.version}")),
        ("licence", safe_text(card.licence)),
        ("encoder", safe_text(encoder.name)),
        ("encoder licence", safe_text(encoder.licence)),
        ("weights hash", safe_text(card.weights_hash)),
        ("encoder hash", safe_text(encoder.hash)),
        *((f"part {name}", safe_text(_origin(part))) for name, part in card.origins.items()),
        ("citation", safe_text(card.citation)),
    )


def _part(part: PartRecord) -> str:
    """Return where a part came from, its licence, and where its tokenizer did."""
    other = part.tokenizer
    tokenizer = f"; tokenizer of {other.hub} at {other.revision}" if other else ""
    return f"{_origin(part)}{tokenizer} ({part.licence})"


def _origin(origin: Origin) -> str:
    """Return the hub, its commit, and the digest of each file."""
    at = f" at {origin.revision}" if origin.revision else ", from local files"
    files = "; ".join(f"{name} sha256 {digest}" for name, digest in origin.files.items())
    return f"{origin.hub}{at}: {files}"


def judge_line(name: str, card: AnyCard) -> str:
    """Return a judge in a list: name, version, number of scores, first sentence of its summary."""
    first = safe_text(card.summary).split(". ")[0].removesuffix(".")
    scores = count_text(len(card.score_names), "score")
    return f"{safe_text(name):<12}  {safe_text(card.version):<8}  {scores:<8}  {first}."


def card_text(card: AnyCard, width: int = 80) -> str:
    """Return a judge's card in lines of at most so many characters; hashes are never broken."""
    name = safe_text(f"{card.name} {card.version}")
    lines = [name, "=" * cell_len(name), *_wrapped(safe_text(card.summary), width)]
    for section in card_sections(card):
        lines += ["", section.title, *_wrapped(" ".join(section.sentences), width, "  ")]
        for point in section.points:
            lines += _wrapped(point, width, "  - ")
    lines += ["", "What it scores"]
    sentences = _axis_sentences(card)
    name_width = max(map(len, sentences))
    for axis, sentence in sentences.items():
        lines += _wrapped(sentence, width, f"  {axis:<{name_width}}  ")
    lines += ["", "Measured", *_metric_lines(card.metrics), "", "Identity"]
    facts = card_facts(card)
    label_width = max(len(label) for label, _ in facts)
    for label, text in facts:
        lines += _wrapped(text, width, f"  {label:<{label_width}}  ")
    return "\n".join(lines)


def _wrapped(text: str, width: int, lead: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        max(width, len(lead) + 20),
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _metric_lines(metrics: Sequence[Metric]) -> list[str]:
    if not metrics:
        return ["  Nothing has been measured yet."]
    rows = [METRIC_HEADER, *map(metric_row, metrics)]
    return [f"  {line}" for line in aligned(rows, left=range(len(METRIC_HEADER)))]
