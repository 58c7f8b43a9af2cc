"""The four answers to a battle of two songs."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a listener prefers of two songs for one prompt; records hold the value, such as "first".

    NEITHER means that both are bad. It is never merged with TIE, which may mean that both are
    good: a tie counts one half for each side, NEITHER counts for no side and is reported as a rate
    of its own.
    """

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"
    NEITHER = "neither"

    @property
    def decided(self) -> bool:
        """Whether one song was preferred."""
        return self in {Outcome.FIRST, Outcome.SECOND}

    @property
    def swapped(self) -> "Outcome":
        """The same answer with the songs in the other order."""
        return {Outcome.FIRST: Outcome.SECOND, Outcome.SECOND: Outcome.FIRST}.get(self, self)
