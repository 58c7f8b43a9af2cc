"""The findings of a study in words, by the rules below.

For each scheme, and again with the controls, the first model's test of "both against popularity
only" gives one finding:

``supported``
    both is better, Holm's p below the level, and the aesthetic scores as they are, unfitted and
    higher winning, predict preference too (the interval of their AUC lies above .5);
``reversed``
    both is better by the same test, but higher aesthetic scores do not go with preference. The
    scores then help for another reason: listeners like the lower score, or the scores take out of
    popularity a part that listeners do not share. That is no support for the claim;
``worse``
    both is worse, Holm's p below the level: a model overfits uninformative features. It happens
    where there is no effect, and says nothing about listeners;
``not shown``
    neither;
``not tested``
    the scheme is not possible with these battles.

The second condition keeps a correction of popularity from counting as a preference for quality.
"""

from collections.abc import Sequence

from plaudit.benchmarks.preference.record import (
    Counts,
    FeatureSetMeasures,
    Finding,
    Need,
    PairedTest,
    Scheme,
    SchemeResult,
    StudySettings,
    Verdict,
)

WHERE: dict[Scheme, str] = {
    "prompt": "on prompts that were not learned from",
    "leave-one-system-out": "on battles of systems that were not learned from",
    "new-system-last": "on systems that came after all that was learned from",
}
_THEY = "the aesthetic scores"
_OF_INTEREST = 0.02  # a small difference in AUC, for the sentence on power


def find(
    result: SchemeResult, features: str, model: str | None = None
) -> FeatureSetMeasures | None:
    """Return the measures of a feature set and model, of its first model if none is named."""
    for measures in result.predictors:
        if measures.features == features and (model is None or measures.model == model):
            return measures
    return None


def verdict(
    scheme: Scheme,
    result: SchemeResult | None,
    comparison: PairedTest | None,
    level: float,
    *,
    controlled: bool,
    why: str = "",
) -> Verdict:
    """Return the finding and the sentence of one scheme, by the rules of the module.

    ``comparison`` is the first model's test at ``level``. ``result`` is None where the scheme is
    not possible, and ``why`` the reason.
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
            scheme=scheme, controlled=controlled, finding="not tested",
            sentence=f"{_capital(where)}, nothing could be tested: {reason}.",
        )  # fmt: skip
    better = comparison.auc.value > 0
    straight = find(result, "aesthetics as they are")
    rises = straight is not None and straight.auc.low is not None and straight.auc.low > 0.5
    finding: Finding = "not shown"
    if comparison.p_corrected < level:
        finding = ("supported" if rises else "reversed") if better else "worse"
    p = p_text(comparison.p_corrected)
    numbers = f"{_difference_text(comparison)}, corrected p {p if p[0] == '<' else f'= {p}'}"
    start = _capital(where) + (", with the controls in both," if controlled else ",")
    if finding == "supported":
        sentence = f"{start} {_THEY} improve on popularity alone ({numbers})"
    elif finding == "reversed":
        auc = None if straight is None else straight.auc.value
        alone = "n/a" if auc is None else f"{auc:.3f}"
        sentence = (
            f"{start} {_THEY} improve on popularity alone ({numbers}), but not because higher"
            f" scores are preferred (as they are, their AUC is {alone}), so this is no support for"
            " the claim"
        )
    elif finding == "worse":
        sentence = (
            f"{start} {_THEY} do not improve on popularity alone, and cost a little: a model learns"
            f" also from numbers that tell it nothing ({numbers})"
        )
    else:
        sentence = f"{start} it is not shown that {_THEY} improve on popularity alone ({numbers})"
    return Verdict(scheme=scheme, controlled=controlled, finding=finding, sentence=f"{sentence}.")


def paragraph(
    settings: StudySettings,
    counts: Counts,
    schemes: Sequence[SchemeResult],
    comparisons: Sequence[PairedTest],
    needs: Sequence[Need],
    verdicts: Sequence[Verdict],
) -> str:
    """Return the findings in one paragraph, from the parts of a `StudyResult`."""
    sentences = [_opening(settings, counts)]
    model = settings.models[0]
    for v in verdicts:
        if not v.controlled:
            sentences.append(v.sentence)
            sentences += _agreement(v, comparisons, settings)
    sentences += _controls(verdicts)
    sentences += _system_identity(schemes, comparisons, model)
    sentences += _power(verdicts, needs, schemes, model)
    sentences.append(_closing(verdicts, settings))
    return " ".join(sentences)


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


def _agreement(v: Verdict, comparisons: Sequence[PairedTest], settings: StudySettings) -> list[str]:
    tests = [
        c for c in comparisons
        if c.question == "claim" and c.scheme == v.scheme and c.p_corrected is not None
    ]  # fmt: skip
    if len(tests) < 2:
        return []
    better = [c for c in tests if _better(c, settings.level)]
    text = f"{len(better)} of {len(tests)} models find that they do"
    if len(better) not in {0, len(tests)}:
        text += f" ({', '.join(c.model for c in better)})"
    return [f"{text}."]


def _better(c: PairedTest, level: float) -> bool:
    positive = c.auc.value is not None and c.auc.value > 0
    return positive and c.p_corrected is not None and c.p_corrected < level


def _controls(verdicts: Sequence[Verdict]) -> list[str]:
    controlled = [v for v in verdicts if v.controlled and v.finding != "not tested"]
    if not controlled:
        return [
            "Nothing but the scores was known of the songs, so nothing could be controlled for."
        ]
    held = [v for v in controlled if v.finding == "supported"]
    claimed = {v.scheme for v in verdicts if not v.controlled and v.finding == "supported"}
    if not claimed:
        return [] if not held else [v.sentence for v in held]
    lost = [v for v in controlled if v.scheme in claimed and v.finding != "supported"]
    if not lost:
        return ["It holds with systems, length and sound controlled for, where these are known."]
    return [v.sentence for v in lost]


def _system_identity(
    schemes: Sequence[SchemeResult], comparisons: Sequence[PairedTest], model: str
) -> list[str]:
    if not schemes:
        return []
    scheme = schemes[0]
    both, system = find(scheme, "both", model), find(scheme, "system")
    if both is None or system is None or both.auc.value is None or system.auc.value is None:
        return []
    test = next(
        (c for c in comparisons
         if c.question == "baseline" and c.scheme == scheme.scheme and c.b == "system"), None,
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
    for v in verdicts:
        if v.controlled or v.finding != "not shown":
            continue
        need = next(
            (n for n in needs
             if n.scheme == v.scheme and n.model == model and not n.observed
             and n.difference == _OF_INTEREST), None,
        )  # fmt: skip
        result = next((r for r in schemes if r.scheme == v.scheme), None)
        if result is None or need is None or need.power is None or need.battles_80 is None:
            return []
        n = round(result.decided * result.battles / result.n_items)
        return [
            f"Had the true difference been {_OF_INTEREST:.2f} there, these {n:,} decided battles"
            f" would have found it {100 * need.power:.0f} times in 100; {need.battles_80:,.0f}"
            " would find it 80 times in 100."
        ]
    return []


def _closing(verdicts: Sequence[Verdict], settings: StudySettings) -> str:
    words = [v.finding for v in verdicts if not v.controlled and v.finding != "not tested"]
    lost = [v for v in verdicts if v.controlled and v.finding not in {"supported", "not tested"}]
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


def _difference_text(test: PairedTest) -> str:
    """Return a difference in AUC with its interval, such as "AUC +0.031 [0.012, 0.049]"."""
    if test.auc.value is None:
        return "AUC n/a"
    text = f"AUC {test.auc.value:+.3f}"
    if test.auc.low is None or test.auc.high is None:
        return text
    return f"{text} [{test.auc.low:.3f}, {test.auc.high:.3f}]"


def p_text(p: float | None) -> str:
    """Return a p-value as it is written: "n/a", "< 0.001", "0.012"."""
    if p is None:
        return "n/a"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
