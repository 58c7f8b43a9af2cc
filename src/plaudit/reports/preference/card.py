"""The card of a model of preference as text."""

from plaudit.model.preference import PreferenceCard, StatedChance
from plaudit.reports.look.number import number, share_text, span
from plaudit.reports.look.wording import chance_text, count_text


def preference_text(card: PreferenceCard) -> str:
    """Return what a model learned from, and how well it predicts, as lines of text."""
    lines = [
        f"{card.model} model of preference, calibration {card.calibration}:"
        f" {count_text(card.n_decided, 'battle')} decided, {card.n_ties} ties and"
        f" {card.n_neither} answered neither left out.",
        *(f"Left out: {n}, {reason}." for reason, n in card.dropped.items()),
        f"Measured on battles of groups it did not learn from ({card.n_groups} groups by"
        f" {card.groups}):",
        "",
        f"{'measure':<10}{'value':>8}   95 % interval   always .5",
    ]
    for metric in card.metrics:
        value, constant = number(metric.value, 3), number(metric.constant, 3)
        interval = span(metric.low, metric.high, ".3f")
        lines.append(f"{metric.measure:<10}{value:>8}   {interval:<16}{constant:>9}")
    lines += _chances(card)
    if card.anchors is not None:
        each = ", ".join(f"{name} {b:+.2f}" for name, b in card.anchors.intercept.items())
        lines += ["", f"Intercepts of systems, from {card.anchors.n} other battles: {each}."]
    if card.doubt:
        lines += ["", card.doubt]
    return "\n".join(lines) + "\n"


def _chances(card: PreferenceCard) -> list[str]:
    fit = card.calibrated
    if fit is None or fit.favourite_won is None:
        return []
    worth = ""
    if fit.n_effective < 0.95 * card.n_decided:
        worth = f" (worth {fit.n_effective:,.0f} independent ones)"
    return [
        "",
        f"Held-out battles{worth}: the favourite won {share_text(fit.favourite_won, 0)}, and the"
        f" mean chance stated for it is {_stated(fit.mean)}.",
        f"Largest chance that this model states: {_stated(fit.largest)}.",
    ]


def _stated(stated: StatedChance) -> str:
    interval = span(stated.low, stated.high, ".2f")
    return f"{chance_text(stated.chance)} (95 % interval {interval})"
