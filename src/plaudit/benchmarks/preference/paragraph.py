"""The paragraph of a study, by a table of rules: in each part the first rule that holds is used.

Of the parts, "finding" is said once for each scheme, with "models" after it. A sentence says
"beat", "more than", "holds" or "support" only where a corrected test says so.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from plaudit.benchmarks.preference.record import (
    Counts,
    Need,
    PairedTest,
    SchemeResult,
    StudySettings,
    Verdict,
)
from plaudit.benchmarks.preference.verdict import (
    above_chance,
    auc_text,
    controls_text,
    find,
    is_better,
    is_worse,
)
from plaudit.metrics.measurement import Measurement

Part = Literal["controls", "systems", "power", "closing"]
_OF_INTEREST = 0.02  # a small difference in AUC, for the sentence on power
_CLOSING = (
    " They speak of these listeners, these systems and this judge only, and do not say why a song"
    " is preferred."
)


class Facts(NamedTuple):
    """The input of the rules: the parts of a `StudyResult`."""

    settings: StudySettings
    counts: Counts
    schemes: Sequence[SchemeResult]
    comparisons: Sequence[PairedTest]
    needs: Sequence[Need]
    verdicts: Sequence[Verdict]
    controls: tuple[str, ...]  #: Controls that differ between the songs of a battle.


class Rule(NamedTuple):
    """One row of the table: where it stands, when, and what it says ("" for nothing)."""

    part: Part
    when: str  #: The condition in words, as the documentation prints it.
    holds: Callable[[Facts], bool]
    sentence: Callable[[Facts], str]


RULES: tuple[Rule, ...] = (
    Rule(
        "controls",
        "no control differs between the songs of a battle",
        lambda f: not f.controls,
        lambda _: (
            "Nothing that is known of the songs besides their scores differs between the two"
            " of a battle, so nothing could be controlled for."
        ),
    ),
    Rule(
        "controls",
        "supported under every scheme that was tested, so that every test with controls is better",
        lambda f: _all(f, "supported"),
        lambda f: f"It holds with {controls_text(f.controls)} controlled for.",
    ),
    Rule("controls", "otherwise", lambda _: True, lambda _: ""),
    Rule(
        "systems",
        "no system is known, or there is no test of it",
        lambda f: _system_test(f) is None,
        lambda _: "",
    ),
    Rule(
        "systems",
        "the scores are better by the corrected test, and the interval of their AUC lies above .5",
        lambda f: is_better(_system_test(f), f.settings.level) and above_chance(_both(f)),
        lambda f: f"{_known(f)}, and the scores beat that ({auc_text(_both(f))}).",
    ),
    Rule(
        "systems",
        "the systems are better by the corrected test, and the interval of their AUC lies above .5",
        lambda f: is_worse(_system_test(f), f.settings.level) and above_chance(_system(f)),
        lambda f: f"{_known(f)}, more than the scores do ({auc_text(_both(f))}).",
    ),
    Rule(
        "systems",
        "the interval of neither AUC lies above .5",
        lambda f: not above_chance(_both(f)) and not above_chance(_system(f)),
        lambda f: (
            f"{_known(f)}, both families of scores {auc_text(_both(f))}: neither can be"
            " told from a coin."
        ),
    ),
    Rule(
        "systems",
        "otherwise",
        lambda _: True,
        lambda f: (
            f"{_known(f)}, both families of scores {auc_text(_both(f))}: these battles"
            " do not show which predicts better."
        ),
    ),
    Rule(
        "power",
        "not shown under some scheme, and the power is known",
        lambda f: any(v.finding == "not shown" for v in _plain(f)),
        lambda f: _power(f) or "",
    ),
    Rule("power", "otherwise", lambda _: True, lambda _: ""),
    Rule(
        "closing",
        "supported under every scheme that was tested, with the systems among the controls",
        lambda f: _all(f, "supported") and "system" in f.controls,
        lambda _: f"So these battles support the claim.{_CLOSING}",
    ),
    Rule(
        "closing",
        "supported under every scheme that was tested, and no system is known",
        lambda f: _all(f, "supported"),
        lambda _: (
            "So the aesthetic scores predict these votes; whether they know more than which"
            f" system made a song is open, as no system is named.{_CLOSING}"
        ),
    ),
    Rule(
        "closing",
        "supported under some scheme",
        lambda f: bool(_schemes(f, "supported")),
        lambda _: f"So these battles support the claim in part.{_CLOSING}",
    ),
    Rule(
        "closing",
        "outcomes were dealt by a coin, and all schemes that were tested are not shown",
        lambda f: f.settings.permuted and _all(f, "not shown"),
        lambda _: f"So the study finds nothing where there is nothing.{_CLOSING}",
    ),
    Rule(
        "closing",
        "otherwise",
        lambda _: True,
        lambda _: f"So these battles do not support the claim.{_CLOSING}",
    ),
)


def paragraph(facts: Facts) -> str:
    """Return the findings in one paragraph."""
    sentences = [_opening(facts)]
    for v in _plain(facts):
        sentences += [v.sentence, *_models(facts, v)]
    said = {}
    for rule in RULES:
        if rule.part not in said and rule.holds(facts):
            said[rule.part] = rule.sentence(facts)
    return " ".join(text for text in (*sentences, *said.values()) if text)


def _opening(f: Facts) -> str:
    coin = "Outcomes were dealt by a coin, so nothing here may be found. "
    rate = f.counts.neither_rate.value
    neither = f.counts.neither
    bad = "none" if not neither else f"{neither:,} ({100 * (rate or 0):.1f} %)"
    return (
        f"{coin if f.settings.permuted else ''}{f.counts.decided:,} battles on"
        f" {f.counts.prompts:,} prompts were decided, {f.counts.ties:,} tied; {bad} found both"
        " songs bad and are not among them."
    )


def _models(f: Facts, v: Verdict) -> Iterator[str]:
    """Yield how many models find the gain, where there are several."""
    tests = [
        test for test in f.comparisons
        if test.question == "claim" and test.scheme == v.scheme and test.p_corrected is not None
    ]  # fmt: skip
    if len(tests) > 1:
        better = [test.model for test in tests if is_better(test, f.settings.level)]
        names = f" ({', '.join(better)})" if 0 < len(better) < len(tests) else ""
        yield f"{len(better)} of {len(tests)} models find that they improve{names}."


def _plain(f: Facts) -> list[Verdict]:
    return [v for v in f.verdicts if not v.controlled]


def _schemes(f: Facts, finding: str) -> list[Verdict]:
    return [v for v in _plain(f) if v.finding == finding]


def _all(f: Facts, finding: str) -> bool:
    findings = {v.finding for v in _plain(f)} - {"not tested"}
    return findings == {finding}


def _both(f: Facts) -> Measurement | None:
    """Return the AUC of both families under the first scheme."""
    both = find(f.schemes[0], "both", f.settings.models[0])
    return None if both is None else both.auc


def _system(f: Facts) -> Measurement | None:
    """Return the AUC of the systems' names under the first scheme."""
    system = find(f.schemes[0], "system")
    return None if system is None else system.auc


def _system_test(f: Facts) -> PairedTest | None:
    """Return the test of both against the systems' names under the first scheme."""
    wanted = ("baseline", f.schemes[0].scheme, "system")
    tests = (c for c in f.comparisons if (c.question, c.scheme, c.b) == wanted)
    test = next(tests, None)
    return None if test is None or test.p_corrected is None else test


def _known(f: Facts) -> str:
    return f"Knowing only which systems made the songs gives an AUC of {auc_text(_system(f))}"


def _power(f: Facts) -> str | None:
    scheme = next((v.scheme for v in _schemes(f, "not shown")), None)
    result = next((r for r in f.schemes if r.scheme == scheme), None)
    wanted = (scheme, f.settings.models[0], False, _OF_INTEREST)
    needs = (n for n in f.needs if (n.scheme, n.model, n.observed, n.difference) == wanted)
    need = next(needs, None)
    if result is None or need is None or need.power is None or need.battles_80 is None:
        return None
    n = round(result.decided * result.battles / result.n_items)
    return (
        f"Had the true difference been {_OF_INTEREST:.2f} there, these {n:,} decided battles would"
        f" have found it {100 * need.power:.0f} times in 100; {need.battles_80:,.0f} would find it"
        " 80 times in 100."
    )
