"""The catalogue of styles: tempo, metre, groove, band, harmony and register of each.

Invented for this world: they lean on familiar kinds of popular music and claim no more.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """What songs of one style have in common.

    Parameters
    ----------
    name : str
        Name of the style.
    metre : str
        Name in `plaudit.synth.score.METRES`.
    bpm : (float, float)
        Range of tempi in beats per minute.
    swing : float
        Where the off-beat falls in a beat: 0.5 straight, 0.667 triplets.
    modes : tuple of str
        Names in `plaudit.synth.harmony.MODES`, drawn from evenly.
    school : str
        Name in `plaudit.synth.harmony.LOOPS`.
    sevenths : bool
        Four-note chords.
    groove, kit : str
        Names in `plaudit.synth.groove.GROOVES` and `plaudit.synth.drum.KITS`.
    bass_patterns, comp_patterns : tuple of str
        Names in `plaudit.synth.groove`: the calm one of verses, then that of choruses.
    basses, comps, pads, leads : tuple of str
        Names in `plaudit.synth.instrument.INSTRUMENTS` to draw the band from.
    voices : tuple of str
        Names in `plaudit.synth.voice.VOICES`.
    busy : float
        How many syllables the singer has, 0 (long notes) to 1 (rapid).
    room_s, wet : float
        Reverberation time in seconds and its share in the mix.
    """

    name: str
    metre: str
    bpm: tuple[float, float]
    swing: float
    modes: tuple[str, ...]
    school: str
    sevenths: bool
    groove: str
    kit: str
    bass_patterns: tuple[str, str]
    comp_patterns: tuple[str, str]
    basses: tuple[str, ...]
    comps: tuple[str, ...]
    pads: tuple[str, ...]
    leads: tuple[str, ...]
    voices: tuple[str, ...]
    busy: float
    room_s: float
    wet: float


ALL_VOICES = ("soprano", "alto", "tenor", "baritone")

_CATALOGUE = (
    Style(
        name="pop", metre="4/4", bpm=(96, 124), swing=0.5, modes=("major", "major", "minor"),
        school="pop", sevenths=False, groove="backbeat", kit="studio",
        bass_patterns=("half", "eighths"), comp_patterns=("beats", "push"),
        basses=("finger_bass", "synth_bass"), comps=("piano", "epiano"),
        pads=("warm_pad", "strings"), leads=("saw_lead", "bell", "pluck_synth"),
        voices=ALL_VOICES, busy=0.6, room_s=1.2, wet=0.16,
    ),
    Style(
        name="rock", metre="4/4", bpm=(112, 152), swing=0.5, modes=("major", "minor"),
        school="pop", sevenths=False, groove="rock", kit="studio",
        bass_patterns=("eighths", "eighths"), comp_patterns=("strum", "drive"),
        basses=("finger_bass",), comps=("overdrive", "steel_guitar"),
        pads=("organ",), leads=("overdrive", "saw_lead"),
        voices=("alto", "tenor", "baritone"), busy=0.55, room_s=0.9, wet=0.12,
    ),
    Style(
        name="ballad", metre="6/8", bpm=(46, 62), swing=0.5, modes=("major", "minor"),
        school="pop", sevenths=False, groove="slow_six", kit="studio",
        bass_patterns=("half", "root_fifth"), comp_patterns=("arp_up", "arp_wave"),
        basses=("finger_bass", "upright_bass"), comps=("piano", "nylon_guitar"),
        pads=("strings",), leads=("flute", "strings"),
        voices=ALL_VOICES, busy=0.4, room_s=2.0, wet=0.24,
    ),
    Style(
        name="folk", metre="3/4", bpm=(88, 132), swing=0.5, modes=("major", "major", "minor"),
        school="folk", sevenths=False, groove="waltz", kit="brushes",
        bass_patterns=("one", "root_fifth"), comp_patterns=("waltz", "arp_wave"),
        basses=("upright_bass",), comps=("nylon_guitar", "steel_guitar", "harp"),
        pads=("strings", "accordion"), leads=("flute", "harp", "accordion"),
        voices=ALL_VOICES, busy=0.45, room_s=1.1, wet=0.15,
    ),
    Style(
        name="house", metre="4/4", bpm=(118, 128), swing=0.52, modes=("minor", "major"),
        school="pop", sevenths=False, groove="four_floor", kit="electronic",
        bass_patterns=("offbeat", "octaves"), comp_patterns=("offbeat", "house"),
        basses=("synth_bass", "sub_bass"), comps=("pluck_synth", "piano"),
        pads=("warm_pad",), leads=("saw_lead", "square_lead", "pluck_synth"),
        voices=("soprano", "alto", "tenor"), busy=0.45, room_s=1.4, wet=0.18,
    ),
    Style(
        name="synthwave", metre="4/4", bpm=(84, 112), swing=0.5, modes=("minor",),
        school="pop", sevenths=False, groove="backbeat", kit="electronic",
        bass_patterns=("eighths", "octaves"), comp_patterns=("arp_up", "arp_wave"),
        basses=("synth_bass",), comps=("pluck_synth", "saw_lead"),
        pads=("warm_pad", "strings"), leads=("square_lead", "bell"),
        voices=ALL_VOICES, busy=0.35, room_s=1.8, wet=0.24,
    ),
    Style(
        name="bossa", metre="4/4", bpm=(112, 138), swing=0.5, modes=("major", "minor"),
        school="jazz", sevenths=True, groove="bossa", kit="brushes",
        bass_patterns=("root_fifth", "bossa"), comp_patterns=("bossa", "bossa"),
        basses=("upright_bass",), comps=("nylon_guitar", "epiano"),
        pads=("strings",), leads=("flute", "marimba"),
        voices=("soprano", "alto", "baritone"), busy=0.5, room_s=0.9, wet=0.13,
    ),
    Style(
        name="soul", metre="6/8", bpm=(52, 70), swing=0.5, modes=("major", "minor"),
        school="pop", sevenths=True, groove="gospel_six", kit="studio",
        bass_patterns=("root_fifth", "walk"), comp_patterns=("pulse", "pulse"),
        basses=("finger_bass",), comps=("organ", "epiano", "piano"),
        pads=("strings", "brass"), leads=("brass", "organ"),
        voices=("alto", "tenor", "soprano"), busy=0.6, room_s=1.3, wet=0.18,
    ),
    Style(
        name="lofi", metre="4/4", bpm=(72, 88), swing=0.6, modes=("dorian", "minor", "major"),
        school="jazz", sevenths=True, groove="lofi", kit="dusty",
        bass_patterns=("half", "half"), comp_patterns=("charleston", "charleston"),
        basses=("sub_bass", "upright_bass"), comps=("epiano", "piano"),
        pads=("warm_pad",), leads=("marimba", "bell", "flute"),
        voices=("alto", "tenor"), busy=0.45, room_s=0.8, wet=0.16,
    ),
    Style(
        name="reggae", metre="4/4", bpm=(68, 88), swing=0.56, modes=("major", "minor"),
        school="folk", sevenths=False, groove="one_drop", kit="studio",
        bass_patterns=("dub", "dub"), comp_patterns=("skank", "skank"),
        basses=("sub_bass", "finger_bass"), comps=("organ", "steel_guitar"),
        pads=("organ",), leads=("brass", "flute"),
        voices=("tenor", "alto", "baritone"), busy=0.55, room_s=1.2, wet=0.2,
    ),
)  # fmt: skip

STYLES: dict[str, Style] = {style.name: style for style in _CATALOGUE}
