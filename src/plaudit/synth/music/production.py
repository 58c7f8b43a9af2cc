"""The sound of a recording apart from its notes: voices, balance, room, artefacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Production:
    """The sound of one system; the default is the plain composer's."""

    #: How far the copies of instruments lean to bright colours and to motion, -1 to 1.
    bright: float = 0.0
    moving: float = 0.0
    tract: float = 1.0  #: Factor on the singers' formants: below 1 larger heads, above 1 smaller.
    #: Part's role (drums, bass, chords, pad, lead, voice) to a change of its level in dB.
    level_db: Mapping[str, float] = field(default_factory=dict)
    #: Factors on the style's reverberation time and on the share of the room in the mix.
    reverb_time: float = 1.0
    wet: float = 1.0
    spread: float = 1.0  #: Factor on how far parts sit from the middle.
    #: Name in `plaudit.synth.sound.artefact.ARTEFACTS` to strength in [0, 1].
    artefacts: Mapping[str, float] = field(default_factory=dict)


PLAIN = Production()
