"""Judges on clips of ranked systems as text: every accuracy beside the baselines."""

from collections.abc import Sequence

from plaudit.benchmarks.reality.record import (
    ALL,
    COPIES,
    MEAN,
    Accuracy,
    Copies,
    LeftOut,
    RealityResult,
    UsedJudge,
)
from plaudit.judging.failure import failure_lines
from plaudit.reports.look.number import bracketed
from plaudit.reports.look.wording import aligned, count_text

Found = dict[Copies, Accuracy]


def rows_of(result: RealityResult, judge: str | None, group: str = ALL) -> dict[str, Found]:
    """Return the accuracies of a judge (None: of the baselines) by score and copies, in order."""
    rows: dict[str, Found] = {}
    for own in result.accuracies:
        if own.judge == judge and own.group == group:
            rows.setdefault(own.score, {})[own.copies] = own
    if len(rows) == 2 and MEAN in rows:  # of one axis; its mean has the difference to baselines
        rows = {score: rows[MEAN] for score in rows if score != MEAN}
    return rows


def label(judge: UsedJudge, score: str) -> str:
    """Return the name of a score of a judge."""
    if score != MEAN:
        return score.replace("_", " ")
    return f"mean of {len(judge.main)}" if len(judge.main) > 1 else f"main axis, {judge.main[0]}"


def head_of(result: RealityResult, judge: UsedJudge, group: str = ALL) -> Found:
    """Return the accuracies of the mean of a judge's main axes."""
    rows = rows_of(result, judge.name, group)
    return rows.get(MEAN) or next(iter(rows.values()))


def headline(result: RealityResult) -> str:
    """Return in sentences the overall accuracy of each judge, and that of the best baseline."""
    sentences = []
    for judge in result.judges:
        found = head_of(result, judge)
        shares = [f"{percent(found[copies])} {_WHERE[copies]}" for copies in COPIES]
        sentences.append(
            f"Judge {judge.name} puts the clip of the better-ranked system first in"
            f" {' and '.join(shares)}."
        )
    best = best_baseline(result, "as is")
    if best is not None:
        sentences.append(
            f"The best answer without an ear for music, {best.score}, does so in {percent(best)} of"
            " pairs as they are."
        )
    return " ".join(sentences)


_WHERE: dict[Copies, str] = {"as is": "of pairs as they are", "matched": "of matched copies"}


def percent(accuracy: Accuracy) -> str:
    """Return an accuracy with its interval, such as "68 % [53, 82]"."""
    text = bracketed(accuracy, 0, scale=100)
    value, space, interval = text.partition(" ")
    return f"{value} %{space}{interval}" if accuracy.value is not None else "no pair"


def best_baseline(result: RealityResult, copies: Copies) -> Accuracy | None:
    """Return the baseline of the highest accuracy on all pairs."""
    known = [
        own
        for own in result.accuracies
        if own.judge is None and own.group == ALL and own.copies == copies and own.value is not None
    ]
    return max(known, key=lambda own: own.value or 0.0, default=None)


def facts(result: RealityResult) -> list[str]:
    """Return what was measured on, in sentences."""
    best, worst = result.systems[0], result.systems[-1]
    lines = [
        f"{count_text(len(result.clips), 'clip')} of"
        f" {count_text(len({clip.system for clip in result.clips}), 'system')} answer"
        f" {count_text(result.n_prompts, 'prompt')}:"
        f" {count_text(result.n_pairs, 'pair')} of different rank."
        f" Ranks go from {best.name} ({best.rank:g}, the best) to {worst.name} ({worst.rank:g})."
    ]
    if result.equal_ranks:
        lines.append(f"{count_text(result.equal_ranks, 'pair')} of systems of equal rank left out.")
    if result.of_two_groups:
        lines.append(
            f"{count_text(result.of_two_groups, 'pair')} of two groups left out, because ranks hold"
            " inside a group."
        )
    unheard = [system.name for system in result.systems if not system.n_clips]
    if unheard:
        lines.append(
            f"{count_text(len(unheard), 'row')} of the ranks without a clip in a pair:"
            f" {', '.join(unheard[:5])}{' ...' if len(unheard) > 5 else ''}."
        )
    prompted = [judge.name for judge in result.judges if judge.prompted]
    lines += [f"{name} was given the text of each prompt." for name in prompted]
    return lines


def method(result: RealityResult) -> list[str]:
    """Return how the numbers were taken, in sentences."""
    return [
        "Accuracy: share of the pairs of one prompt in which the clip of the better-ranked system"
        " has the higher score, in %; a tie is one half, chance is 50.",
        f"Intervals of {100 * result.confidence:g} % are over prompts: other prompts, the same"
        " systems.",
        "Matched copies: the clips of a prompt cut to the length of the shortest, one channel, 40"
        " Hz to 7 kHz, one level. Their baselines should lie near 50: what they reach is what the"
        " copies still tell.",
    ]


def left_lines(left: Sequence[LeftOut]) -> list[str]:
    """Return what was left out and why: each while they are few, else counted by reason."""
    scopes = dict.fromkeys(own.scope for own in left)
    lines = []
    for scope in scopes:
        own = [each for each in left if each.scope == scope]
        of = "" if scope == ALL else f" ({scope})"
        lines.append(f"Left out{of}, {count_text(len(own), 'clip')}:")
        texts = [(each.path, _sentence(each)) for each in own]
        lines += [f"  {line}" for line in failure_lines(texts)]
    return lines


def _sentence(left: LeftOut) -> str:
    return left.reason if left.path in left.reason else f"{left.path}: {left.reason}"


def result_text(result: RealityResult) -> str:
    """Return the result as lines of text, without a newline at the end."""
    lines = [*facts(result), *method(result), ""]
    lines += _sheet(result, ALL)
    for group in result.groups:
        lines += ["", f"Group {group}", *_sheet(result, group, heads_only=True)]
    if result.left_out:
        lines += ["", *left_lines(result.left_out)]
    return "\n".join(lines)


_HEAD = ("", "score", "as is", "matched", "pairs", "above the best baseline, as is")


def reasons(result: RealityResult, group: str) -> list[str]:
    """Return why numbers of a group are undefined or have no interval, each reason once."""
    own = [each for each in result.accuracies if each.group == group]
    lines = [
        f"{'Undefined' if each.value is None else 'No interval'}: {each.reason}."
        for each in own
        if each.reason is not None
    ]
    lines += [
        f"No interval of a difference: {each.difference.reason}."
        for each in own
        if each.difference is not None and each.difference.reason is not None
    ]
    return list(dict.fromkeys(lines))


def _sheet(result: RealityResult, group: str, *, heads_only: bool = False) -> list[str]:
    rows: list[tuple[str, ...]] = [_HEAD]
    for judge in result.judges:
        found = rows_of(result, judge.name, group)
        shown = list(found.items())[:1] if heads_only else found.items()
        rows += [_row(judge.name, label(judge, score), own) for score, own in shown]
    baselines = rows_of(result, None, group)
    rows += [_row("baseline", score, own) for score, own in baselines.items()]
    return [*aligned(rows, left={0, 1}), *reasons(result, group)]


def _row(who: str, score: str, found: Found) -> tuple[str, ...]:
    as_is, matched = found["as is"], found["matched"]
    return (
        who, score, bracketed(as_is, 1, scale=100), bracketed(matched, 1, scale=100),
        pairs_text(found), difference_text(as_is),
    )  # fmt: skip


def pairs_text(found: Found) -> str:
    """Return how many pairs each copy was measured on, once where it is the same number."""
    counts = dict.fromkeys(f"{found[copies].n:,}" for copies in COPIES)
    return " / ".join(counts)


def difference_text(accuracy: Accuracy) -> str:
    """Return the difference of a judge to the best baseline, which is named; empty for others."""
    if accuracy.difference is None:
        return ""
    shown = bracketed(accuracy.difference, 1, scale=100, signed=True)
    return f"{shown} ({accuracy.baseline})"
