"""What the data of a study do and do not support, in words, by rules that are written here.

For each scheme, and again with the controls, the first model's test of "both against popularity
only" gives one word:

``supported``
    both is better, Holm's p below the level, and the aesthetic scores as they are, unfitted and
    higher winning, predict preference too (the interval of their AUC lies above .5);
``reversed``
    both is better by the same test, but higher aesthetic scores do not go with preference. The
    scores then help for another reason: listeners like the lower score, or the scores take out of
    popularity a part that listeners do not share. That is no support for the claim;
``worse``
    both is worse, Holm's p below the level: a model that is given numbers which tell nothing learns
    from their chance. It happens where there is nothing to find, and is no finding about listeners;
``not shown``
    neither;
``not tested``
    the scheme could not be followed.

The second condition is what keeps a correction of popularity from passing as a taste for quality.
"""

from collections.abc import Sequence

from plaudit.benchmarks.preference.record import (
    Comparison,
    Counts,
    Measured,
    Need,
    Scheme,
    SchemeResult,
    StudySettings,
    Verdict,
    Word,
)

WHERE: dict[Scheme, str] = {
    "prompt": "on prompts that were not learned from",
    "leave-one-system-out": "on battles of systems that were not learned from",
    "new-system-last": "on systems that came after all that was learned from",
}
THEY = "the aesthetic scores"
OF_INTEREST = 0.02  # difference in AUC that the words call small


def find(found: SchemeResult, features: str, model: str | None = None) -> Measured | None:
    """Return one answer of a scheme; of the first that has these features if no model is named."""
    for one in found.measured:
        if one.features == features and (model is None or one.model == model):
            return one
    return None


def verdict(
    scheme: Scheme,
    result: SchemeResult | None,
    comparison: Comparison | None,
    level: float,
    *,
    controlled: bool,
    why: str = "",
) -> Verdict:
    """Return the word and the sentence of one scheme.

    Parameters
    ----------
    scheme : str
        Which.
    result : SchemeResult, optional
        Its answers; None where it could not be followed.
    comparison : Comparison, optional
        The first model's test.
    level : float
        Chance of a false finding.
    controlled : bool
        Whether it is the test with controls.
    why : str
        Why it could not be followed.

    Returns
    -------
    Verdict
        By the rules of the module.
    """
    where = WHERE[scheme]
    if (
        result is None
        or comparison is None
        or comparison.p_corrected is None
        or comparison.auc.value is None
    ):
        reason = why or "there are too few battles for an interval"
        return Verdict(
            scheme=scheme, controlled=controlled, word="not tested",
            sentence=f"{_capital(where)}, nothing could be tested: {reason}.",
        )  # fmt: skip
    better = comparison.auc.value > 0
    straight = find(result, "aesthetics as they are")
    rises = straight is not None and straight.auc.low is not None and straight.auc.low > 0.5
    word: Word = "not shown"
    if comparison.p_corrected < level:
        word = ("supported" if rises else "reversed") if better else "worse"
    p = p_text(comparison.p_corrected)
    numbers = f"{difference_text(comparison)}, corrected p {p if p[0] == '<' else f'= {p}'}"
    start = _capital(where) + (", with the controls in both," if controlled else ",")
    if word == "supported":
        said = f"{start} {THEY} improve on popularity alone ({numbers})"
    elif word == "reversed":
        auc = None if straight is None else straight.auc.value
        alone = "n/a" if auc is None else f"{auc:.3f}"
        said = (
            f"{start} {THEY} improve on popularity alone ({numbers}), but not because higher scores"
            f" are preferred (as they are, their AUC is {alone}), so this is no support for the"
            " claim"
        )
    elif word == "worse":
        said = (
            f"{start} {THEY} do not improve on popularity alone, and cost a little: a model learns"
            f" also from numbers that tell it nothing ({numbers})"
        )
    else:
        said = f"{start} it is not shown that {THEY} improve on popularity alone ({numbers})"
    return Verdict(scheme=scheme, controlled=controlled, word=word, sentence=f"{said}.")


def paragraph(
    settings: StudySettings,
    counts: Counts,
    schemes: Sequence[SchemeResult],
    comparisons: Sequence[Comparison],
    needs: Sequence[Need],
    verdicts: Sequence[Verdict],
) -> str:
    """Return what the data do and do not support, in one paragraph.

    Parameters
    ----------
    settings, counts, schemes, comparisons, needs, verdicts : parts of a `StudyResult`
        What was found.

    Returns
    -------
    str
        Sentences, from the numbers alone.
    """
    said = [_opening(settings, counts)]
    model = settings.models[0]
    for one in verdicts:
        if not one.controlled:
            said.append(one.sentence)
            said += _agreement(one, comparisons, settings)
    said += _controls(verdicts)
    said += _beside(schemes, comparisons, model)
    said += _power(verdicts, needs, schemes, model)
    said.append(_closing(verdicts, settings))
    return " ".join(said)


def _opening(settings: StudySettings, counts: Counts) -> str:
    start = (
        "Outcomes were dealt by a coin, so nothing here may be found. " if settings.permuted else ""
    )
    rate = counts.neither_rate.value
    neither = "none" if not counts.neither else f"{counts.neither:,} ({100 * (rate or 0):.1f} %)"
    return (
        f"{start}{counts.decided:,} battles on {counts.prompts:,} prompts were decided,"
        f" {counts.ties:,} tied; {neither} found both songs bad and are not among them."
    )


def _agreement(
    one: Verdict, comparisons: Sequence[Comparison], settings: StudySettings
) -> list[str]:
    tests = [
        c for c in comparisons
        if c.question == "claim" and c.scheme == one.scheme and c.p_corrected is not None
    ]  # fmt: skip
    if len(tests) < 2:
        return []
    found = [c for c in tests if _better(c, settings.level)]
    text = f"{len(found)} of {len(tests)} models find that they do"
    if len(found) not in {0, len(tests)}:
        text += f" ({', '.join(c.model for c in found)})"
    return [f"{text}."]


def _better(c: Comparison, level: float) -> bool:
    positive = c.auc.value is not None and c.auc.value > 0
    return positive and c.p_corrected is not None and c.p_corrected < level


def _controls(verdicts: Sequence[Verdict]) -> list[str]:
    controlled = [one for one in verdicts if one.controlled and one.word != "not tested"]
    if not controlled:
        return [
            "Nothing but the scores was known of the songs, so nothing could be controlled for."
        ]
    held = [one for one in controlled if one.word == "supported"]
    claimed = {one.scheme for one in verdicts if not one.controlled and one.word == "supported"}
    if not claimed:
        return [] if not held else [one.sentence for one in held]
    lost = [one for one in controlled if one.scheme in claimed and one.word != "supported"]
    if not lost:
        return ["It holds with systems, length and sound controlled for, where these are known."]
    return [one.sentence for one in lost]


def _beside(
    schemes: Sequence[SchemeResult], comparisons: Sequence[Comparison], model: str
) -> list[str]:
    if not schemes:
        return []
    scheme = schemes[0]
    both, system = find(scheme, "both", model), find(scheme, "system")
    if both is None or system is None or both.auc.value is None or system.auc.value is None:
        return []
    test = next(
        (c for c in comparisons
         if c.question == "beside" and c.scheme == scheme.scheme and c.b == "system"), None,
    )  # fmt: skip
    text = f"Knowing only which systems made the songs gives an AUC of {system.auc.value:.3f}"
    if test is None or test.auc.low is None or test.auc.high is None:
        return [f"{text}, both families of scores {both.auc.value:.3f}."]
    if test.auc.low > 0:
        return [f"{text}, and the scores beat that ({both.auc.value:.3f})."]
    if test.auc.high < 0:
        return [f"{text}, more than the scores do ({both.auc.value:.3f})."]
    return [f"{text}, which the scores ({both.auc.value:.3f}) neither clearly beat nor miss."]


def _power(
    verdicts: Sequence[Verdict],
    needs: Sequence[Need],
    schemes: Sequence[SchemeResult],
    model: str,
) -> list[str]:
    for one in verdicts:
        if one.controlled or one.word != "not shown":
            continue
        need = next(
            (n for n in needs
             if n.scheme == one.scheme and n.model == model and not n.observed
             and n.difference == OF_INTEREST), None,
        )  # fmt: skip
        result = next((r for r in schemes if r.scheme == one.scheme), None)
        if result is None or need is None or need.chance is None or need.battles_80 is None:
            return []
        n = round(result.decided * result.battles / result.asked)
        return [
            f"Had the true difference been {OF_INTEREST:.2f} there, these {n:,} decided battles"
            f" would have found it {100 * need.chance:.0f} times in 100; {need.battles_80:,.0f}"
            " would find it 80 times in 100."
        ]
    return []


def _closing(verdicts: Sequence[Verdict], settings: StudySettings) -> str:
    words = [one.word for one in verdicts if not one.controlled and one.word != "not tested"]
    lost = [
        one for one in verdicts if one.controlled and one.word not in {"supported", "not tested"}
    ]
    if words and all(word == "supported" for word in words):
        start = "So these battles support the claim"
        if lost:
            start += ", though not everywhere beyond what is known besides"
    elif "supported" in words:
        start = "So these battles support the claim in part"
    elif settings.permuted and set(words) <= {"not shown"}:
        start = "So the study finds nothing where there is nothing"
    else:
        start = "So these battles do not support the claim"
    return (
        f"{start}. They speak of these listeners, these systems and this judge only, and do not"
        " say why a song is preferred."
    )


def difference_text(one: Comparison) -> str:
    """Return a difference in AUC with its interval, such as "AUC +0.031 [0.012, 0.049]"."""
    if one.auc.value is None:
        return "AUC n/a"
    text = f"AUC {one.auc.value:+.3f}"
    if one.auc.low is None or one.auc.high is None:
        return text
    return f"{text} [{one.auc.low:.3f}, {one.auc.high:.3f}]"


def p_text(p: float | None) -> str:
    """Return a p-value as it is written: "n/a", "< 0.001", "0.012"."""
    if p is None:
        return "n/a"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
