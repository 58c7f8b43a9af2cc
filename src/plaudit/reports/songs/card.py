"""A judge's card in plain words: for the terminal here, for the report through `card_sections`.

The card is a record for programs; this file says the same in sentences a musician can read. It
adds no judgement of its own: a number without a baseline is shown without one.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from plaudit.core.axes import AXIS
from plaudit.model.card import Card, Metric, Recipe
from plaudit.reports.look.wording import count_text, known_axis, safe_text

NO_INTERVAL = (
    "This judge gives no interval: it has not measured how far its scores lie from the truth, "
    "so low and high stay empty."
)
METRIC_HEADER = ("measure", "axis", "value", "95 % interval", "baseline", "songs", "data")
_POOLING = {
    "mean": "every segment counts the same",
    "duration": "a segment counts by how much audio it holds",
    "music": "a segment counts by how much music it holds",
    "attention": "a learned weight says how much each segment counts",
}


@dataclass(frozen=True)
class Section:
    """One heading of a card with what stands below it: sentences, or points of a list."""

    title: str
    sentences: tuple[str, ...] = ()
    points: tuple[str, ...] = ()


def recipe_sentences(card: Card) -> tuple[str, ...]:
    """Return in words how a score comes about.

    Parameters
    ----------
    card : Card
        Card of the judge.

    Returns
    -------
    tuple of str
        Sentences in the order of the steps.
    """
    recipe, encoder = card.recipe, card.encoder
    if len(encoder.layers) == 1:
        answer = f"{encoder.dim} numbers"
    else:
        layers = ", ".join(str(layer) for layer in encoder.layers)
        mix = "a learned" if recipe.mix == "learned" else "the published fixed"
        answer = f"{encoder.dim} numbers from each of its layers {layers}, joined by {mix} mix"
    return (
        f"It cuts a song into segments of {recipe.segment.length_s:g} seconds; {_tail(recipe)}.",
        f"The encoder {encoder.name} hears each of them at {encoder.sample_rate:,} Hz and answers "
        f"with {answer}.",
        f"{_level(recipe)}; {_POOLING[recipe.pooling]}.",
        "A file without any sound is "
        f"{'refused' if recipe.silence == 'refuse' else 'scored like any other'}.",
    )


def _tail(recipe: Recipe) -> str:
    if recipe.segment.tail == "pad":
        return (
            "the last one is filled up with silence for the score, and replaced by the last full"
            " window in the timeline"
        )
    return f"a last one shorter than {recipe.segment.min_tail_s:g} seconds is left out"


def _level(recipe: Recipe) -> str:
    if recipe.level == "song":
        return "The segments are averaged first and the song is scored once"
    return "Each segment is scored and the scores are averaged"


def interval_sentences(card: Card) -> tuple[str, ...]:
    """Return in words what low and high of a score mean.

    Parameters
    ----------
    card : Card
        Card of the judge.

    Returns
    -------
    tuple of str
        The card's explanation and its numbers, or that the judge has no interval.
    """
    interval = card.interval
    if interval is None:
        return (NO_INTERVAL,)
    widths = ", ".join(f"{axis} ±{width:.3g}" for axis, width in interval.half_width.items())
    return (
        safe_text(interval.explanation),
        f"Stated coverage: {100 * interval.coverage:g} %. Half widths before clipping to the "
        f"range of the axis: {widths}.",
    )


def _familiarity(card: Card) -> tuple[Section, ...]:
    known = card.familiarity
    if known is None:
        return ()
    sentence = (
        f"A song farther than {known.limit:.2f} from what it learned is marked unfamiliar:"
        f" {100 * known.coverage:g} % of songs of the training kind lie within."
    )
    return (Section("When it warns", (sentence, safe_text(known.explanation))),)


def axis_sentences(card: Card) -> tuple[tuple[str, str], ...]:
    """Return the name of each axis the judge scores, with range, meaning and source.

    Parameters
    ----------
    card : Card
        Card of the judge.

    Returns
    -------
    tuple of (str, str)
        Name and sentence, in the order of the judge.
    """
    axes = [known_axis(name) for name in card.recipe.heads.axes]
    return tuple(
        (a.name, f"{a.low:g} to {a.high:g}, higher is better. {a.meaning} Source: {a.source}.")
        for a in axes
    )


def metric_row(metric: Metric) -> tuple[str, ...]:
    """Return one measured number as the cells of a table, in the order of `METRIC_HEADER`.

    Parameters
    ----------
    metric : Metric
        From a card.

    Returns
    -------
    tuple of str
        Seven texts; a number the card does not have is an empty text.
    """
    both = metric.low is not None and metric.high is not None
    return (
        safe_text(metric.measure),
        safe_text(metric.axis),
        f"{metric.value:.3g}",
        f"{metric.low:.3g} to {metric.high:.3g}" if both else "",
        "" if metric.baseline is None else f"{metric.baseline:.3g}",
        f"{metric.n:,}",
        safe_text(metric.data),
    )


def card_sections(card: Card) -> tuple[Section, ...]:
    """Return the prose of a card, heading by heading.

    Parameters
    ----------
    card : Card
        Card of the judge.

    Returns
    -------
    tuple of Section
        Without the axes, the metrics and the hashes, which are tables.
    """
    return (
        Section("What it learned from", (safe_text(card.training_data),)),
        Section("How it makes a score", recipe_sentences(card)),
        Section("What low and high mean", interval_sentences(card)),
        *_familiarity(card),
        Section("Use it for", points=_listed(card.intended_uses)),
        Section("Do not use it for", points=_listed(card.forbidden_uses)),
        Section("Known limits", points=_listed(card.limits)),
    )


def _listed(items: Sequence[str]) -> tuple[str, ...]:
    return tuple(safe_text(item) for item in items) or ("The card names none.",)


def card_facts(card: Card) -> tuple[tuple[str, str], ...]:
    """Return names, licences and hashes: what identifies a judge.

    Parameters
    ----------
    card : Card
        Card of the judge.

    Returns
    -------
    tuple of (str, str)
        Label and text.
    """
    encoder = card.encoder
    return (
        ("judge", safe_text(f"{card.name} {card.version}")),
        ("licence", safe_text(card.licence)),
        ("encoder", safe_text(encoder.name)),
        ("encoder licence", safe_text(encoder.licence)),
        ("weights hash", safe_text(card.weights_hash)),
        ("encoder hash", safe_text(encoder.hash)),
        ("citation", safe_text(card.citation)),
    )


def judge_line(name: str, card: Card) -> str:
    """Return one line that introduces a judge in a list.

    Parameters
    ----------
    name : str
        Name it is asked for by.
    card : Card
        Its card.

    Returns
    -------
    str
        Name, version, number of scores and the first sentence of the summary.
    """
    first = safe_text(card.summary).split(". ")[0].removesuffix(".")
    scores = count_text(len(card.recipe.heads.axes), "score")
    return f"{safe_text(name):<12}  {safe_text(card.version):<8}  {scores:<8}  {first}."


def card_text(card: Card, width: int = 80) -> str:
    """Return a judge's card in plain words for the terminal.

    Parameters
    ----------
    card : Card
        Card of the judge.
    width : int
        Characters a line may have; hashes and table cells are never broken.

    Returns
    -------
    str
        Plain text without markup, lines ending in "\\n" except the last.
    """
    name = safe_text(f"{card.name} {card.version}")
    lines = [name, "=" * cell_len(name), *_wrapped(safe_text(card.summary), width)]
    for section in card_sections(card):
        lines += ["", section.title, *_wrapped(" ".join(section.sentences), width, "  ")]
        for point in section.points:
            lines += _wrapped(point, width, "  - ")
    lines += ["", "What it scores"]
    for axis, sentence in axis_sentences(card):
        lines += _wrapped(sentence, width, f"  {axis:<{max(map(len, AXIS))}}  ")
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
    rows = [METRIC_HEADER, *(metric_row(metric) for metric in metrics)]
    widths = [max(cell_len(row[k]) for row in rows) for k in range(len(METRIC_HEADER))]
    return [
        "  "
        + "  ".join(
            text + " " * (w - cell_len(text)) for text, w in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
