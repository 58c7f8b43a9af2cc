"""The rules by which careless voters are flagged, and what they found.

All rules are one: count an event in a voter's answers, and ask how likely so many would be of an
attentive voter, who does it at a stated rate at most. Below ``level`` the voter is flagged. So an
attentive voter is flagged by one rule in fewer than ``level`` of cases, however much he votes.
Nothing is deleted by a flag.
"""

from typing import Literal, get_args

from pydantic import Field

from plaudit.core.settings import Record

Rule = Literal[
    "too fast", "same answer", "failed checks", "changed answers", "unheard", "one system"
]
RULES: tuple[Rule, ...] = get_args(Rule)
MEANING: dict[Rule, str] = {
    "too fast": "answers within fastest_s seconds of the first moment at which one can",
    "same answer": "always gives the answer that is at the same place",
    "failed checks": "does not hear that a copy is damaged",
    "changed answers": "answers otherwise when the same songs come again",
    "unheard": "answers about a song that the player never sounded",
    "one system": "prefers one system far more often than its rating makes expect",
}


class CarelessRules(Record):
    """The rates at which an attentive voter does what a rule counts, at most; and the level."""

    level: float = Field(default=0.005, gt=0, lt=1)  #: Chance of a flag for an attentive voter.
    #: Seconds after all sides were heard up to the gate within which an answer is too fast.
    fastest_s: float = Field(default=2.0, ge=0)
    too_fast: float = Field(default=0.2, ge=0, le=1)  #: Rate of answers that are too fast.
    #: Rate of the commonest answer: of one side among decided votes, of ties or of neither among
    #: all; of the same ratings; of equal scores; of the order in which takes were shown.
    same_answer: float = Field(default=0.6, ge=0, le=1)
    failed_checks: float = Field(default=0.15, ge=0, le=1)  #: Rate of failed checks.
    #: Rate of repeats that are answered otherwise: another winner of a battle that both times had
    #: one, another best take; ratings a point away in the mean, scores of MUSHRA 20 points.
    changed_answers: float = Field(default=0.35, ge=0, le=1)
    unheard: float = Field(default=0.02, ge=0, le=1)  #: Rate of answers about an unheard song.
    #: Factor on the odds of a system by a voter's own taste.
    taste: float = Field(default=2.0, ge=1)


class Flag(Record):
    """A voter who did something too often."""

    voter: str
    rule: Rule
    count: int  #: How often it happened.
    of: int  #: How often it could have.
    chance: float  #: Of so many, for an attentive voter at worst.
    system: str | None = None  #: Which was preferred, of the rule "one system".


class RuleCount(Record):
    """What one rule found: of the voters with something to count, who were flagged."""

    rule: Rule
    tested: int
    flagged: int
    votes: int  #: Votes of those who were flagged.


class CarelessReport(Record):
    """All rules together."""

    rules: CarelessRules
    voters: int
    flagged: int  #: Voters with a flag or more.
    votes: int
    votes_flagged: int  #: Their votes.
    counts: tuple[RuleCount, ...]
    flags: tuple[Flag, ...]

    @property
    def names(self) -> frozenset[str]:
        """Voters with a flag."""
        return frozenset(flag.voter for flag in self.flags)
