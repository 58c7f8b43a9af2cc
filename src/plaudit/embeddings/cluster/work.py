"""Time and cost of a job on a cluster, and the cost for more audio."""

from plaudit.core.settings import Record

_HOURS = 1000


class ClusterWork(Record):
    """Time, cores and cost of a run; what was there before is not in it."""

    took_s: float  #: Seconds from begin to end.
    songs: int  #: Songs that were worked on.
    audio_s: float  #: Seconds of audio in them.
    #: Core seconds of workers, from when each was ready to its end, idle ones too.
    core_s: float
    price_per_core_hour: float | None = None  #: In any currency.

    @property
    def core_hours(self) -> float | None:
        """Core hours for 1,000 hours of audio; None if nothing was worked on."""
        return _HOURS * self.core_s / self.audio_s if self.audio_s else None

    @property
    def cost(self) -> float | None:
        """Cost of 1,000 hours of audio, where a price was given."""
        if self.core_hours is None or self.price_per_core_hour is None:
            return None
        return self.core_hours * self.price_per_core_hour

    def sentence(self) -> str:
        """Return it for people."""
        if self.core_hours is None:
            return f"On the cluster: {self.took_s:.1f} s, no song left to work on."
        text = (
            f"On the cluster: {self.took_s:.1f} s, {60 * self.songs / self.took_s:,.0f} songs a"
            f" minute, {self.audio_s / self.took_s:,.0f}x real time;"
            f" {self.core_hours:,.1f} core hours for {_HOURS:,} hours of audio"
        )
        if self.cost is not None:
            text += f", which cost {self.cost:,.2f} at {self.price_per_core_hour:g} a core hour"
        return f"{text}."
