"""The finding of each scheme, and its sentence, by a table of rules.

For each scheme, and again with the controls, the first model's test of "both against popularity
only" (`plaudit.benchmarks.preference.paired_test`) gives one finding: that of the first rule of
`RULES` that holds. Two conditions keep a gain from counting as a preference for quality:

- the aesthetic scores as they are, unfitted and higher winning, must predict preference too.
  Otherwise the scores may take out of popularity a part that listeners do not share;
- the gain must hold with the controls on both sides, where there are any. Otherwise the scores may
  only tell systems, lengths or levels apart.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from plaudit.benchmarks.preference.record import (
    FeatureSetMeasures,
    Finding,
    PairedTest,
    Scheme,
    SchemeResult,
    Verdict,
)
from plaudit.metrics.measurement import Measurement

WHERE: dict[Scheme, str] = {
    "prompt": "on prompts that were not learned from",
    "leave-one-system-out": "on battles of systems that were not learned from",
    "new-system-last": "on systems that came after all that was learned from",
}
CONTROL_WORDS = {
    "system": "systems",
    "duration": "length",
    "loudness": "loudness",
    "acoustics": "acoustics",
}
_GAIN = "the aesthetic scores improve on popularity alone"


class Evidence(NamedTuple):
    """The input of the rules for one scheme."""

    scheme: Scheme
    test: PairedTest | None  #: The first model's, of the claim, or of the claim with controls.
    straight: Measurement | None  #: AUC of the aesthetic scores as they are.
    level: float
    controlled: bool
    #: The same test with the controls on both sides, and what they are, where there are any.
    beyond: PairedTest | None = None
    controls: tuple[str, ...] = ()
    why: str = ""  #: Why there is no test.


class Rule(NamedTuple):
    """One row of the table: a condition, the finding, and its sentence."""

    finding: Finding
    when: str  #: The condition in words, as the documentation prints it.
    holds: Callable[[Evidence], bool]
    sentence: Callable[[Evidence], str]


def is_better(test: PairedTest | None, level: float) -> bool:
    """Return whether ``a`` is better than ``b`` by the corrected test."""
    return _sign(test, level) > 0


def is_worse(test: PairedTest | None, level: float) -> bool:
    """Return whether ``a`` is worse than ``b`` by the corrected test."""
    return _sign(test, level) < 0


def above_chance(auc: Measurement | None) -> bool:
    """Return whether the interval of an AUC lies above that of a coin."""
    return auc is not None and auc.low is not None and auc.low > 0.5


RULES: tuple[Rule, ...] = (
    Rule(
        "not tested",
        "there is no test: the scheme is not possible, or too few prompts or systems carry one",
        lambda t: t.test is None or t.test.p_corrected is None or t.test.auc.value is None,
        lambda t: f"{_capital(WHERE[t.scheme])}, nothing could be tested: {_why(t)}",
    ),
    Rule(
        "worse",
        "both is worse, corrected p below the level",
        lambda t: is_worse(t.test, t.level),
        lambda t: (
            f"{_start(t)} the aesthetic scores do not improve on popularity alone, and cost a"
            f" little: a model learns also from numbers that tell it nothing ({_numbers(t.test)})"
        ),
    ),
    Rule(
        "not shown",
        "corrected p at the level or above",
        lambda t: not is_better(t.test, t.level),
        lambda t: f"{_start(t)} it is not shown that {_GAIN} ({_numbers(t.test)})",
    ),
    Rule(
        "reversed",
        "both is better, corrected p below the level, and the interval of the AUC of the aesthetic"
        " scores as they are does not lie above .5",
        lambda t: not above_chance(t.straight),
        lambda t: (
            f"{_start(t)} {_GAIN} ({_numbers(t.test)}), but not because higher scores are preferred"
            f" (as they are, their AUC is {auc_text(t.straight)}), so this is no support for the"
            " claim"
        ),
    ),
    Rule(
        "explained",
        "both is better and higher scores are preferred, but with the controls in both it is not"
        " better, or not tested",
        lambda t: not t.controlled and bool(t.controls) and not is_better(t.beyond, t.level),
        lambda t: (
            f"{_start(t)} {_GAIN} ({_numbers(t.test)}), but it is not shown that they do once"
            f" {controls_text(t.controls)} can be used too ({_numbers(t.beyond)})"
        ),
    ),
    Rule(
        "supported",
        "both is better and higher scores are preferred, and so it is with the controls in both,"
        " where there are any",
        lambda _: True,
        lambda t: f"{_start(t)} {_GAIN} ({_numbers(t.test)})",
    ),
)


def verdict(evidence: Evidence) -> Verdict:
    """Return the finding and the sentence of one scheme, by the first rule that holds."""
    rule = next(rule for rule in RULES if rule.holds(evidence))
    return Verdict(
        scheme=evidence.scheme,
        controlled=evidence.controlled,
        finding=rule.finding,
        sentence=f"{rule.sentence(evidence)}.",
    )


def find(
    result: SchemeResult, features: str, model: str | None = None
) -> FeatureSetMeasures | None:
    """Return the measures of a feature set and model, of its first model if none is named."""
    for measures in result.predictors:
        if measures.features == features and (model is None or measures.model == model):
            return measures
    return None


def controls_text(controls: Sequence[str]) -> str:
    """Return what was controlled for, in words, such as "systems, length and loudness"."""
    words = [CONTROL_WORDS[name] for name in controls]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def auc_text(auc: Measurement | None) -> str:
    """Return an AUC as it is written, "n/a" without one."""
    return "n/a" if auc is None or auc.value is None else f"{auc.value:.3f}"


def p_text(p: float | None) -> str:
    """Return a p-value as it is written: "n/a", "< 0.001", "0.012"."""
    if p is None:
        return "n/a"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def _sign(test: PairedTest | None, level: float) -> int:
    if test is None or test.auc.value is None or test.p_corrected is None:
        return 0
    return 0 if test.p_corrected >= level else 1 if test.auc.value > 0 else -1


def _why(t: Evidence) -> str:
    return t.why or (t.test and t.test.auc.reason) or "there are too few battles for a test"


def _start(t: Evidence) -> str:
    return _capital(WHERE[t.scheme]) + (", with the controls in both," if t.controlled else ",")


def _numbers(test: PairedTest | None) -> str:
    """Return a difference in AUC with its interval and p, "no test" without one."""
    if test is None or test.auc.value is None or test.p_corrected is None:
        return "no test"
    p = p_text(test.p_corrected)
    text = f"AUC {test.auc.value:+.3f}"
    if test.auc.low is not None and test.auc.high is not None:
        text += f" [{test.auc.low:.3f}, {test.auc.high:.3f}]"
    return f"{text}, corrected p {p if p[0] == '<' else f'= {p}'}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
