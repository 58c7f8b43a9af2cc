"""The card of a model of preference as text."""

from plaudit.model.preference import NOT_SHOWN, PreferenceCard
from plaudit.reports.look.number import number, span
from plaudit.reports.look.wording import count_text


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
    if not card.better_than_chance:
        lines += ["", NOT_SHOWN]
    return "\n".join(lines) + "\n"
