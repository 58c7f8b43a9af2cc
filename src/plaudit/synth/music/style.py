"""The catalogue of styles: tempo, metre, groove, band, harmony and register of each.

Invented for the proving ground: they resemble familiar kinds of popular music.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Style:
    """What songs of one style have in common."""

    name: str  #: Name of the style.
    metre: str  #: Name in `plaudit.synth.music.notation.METRES`.
    bpm: tuple[float, float]  #: Range of tempi in beats per minute.
    swing: float  #: Where the off-beat falls in a beat: 0.5 straight, 0.667 triplets.
    modes: tuple[str, ...]  #: Names in `plaudit.synth.music.harmony.MODES`, drawn from evenly.
    school: str  #: Name in `plaudit.synth.music.harmony.LOOPS`.
    sevenths: bool  #: Four-note chords.
    #: Names in `plaudit.synth.music.groove.GROOVES` and `plaudit.synth.sound.drum.KITS`.
    groove: str
    kit: str
    #: Names in `plaudit.synth.music.groove`: the calm one of verses, then that of choruses.
    bass_patterns: tuple[str, str]
    comp_patterns: tuple[str, str]
    #: Names in `plaudit.synth.sound.instrument.INSTRUMENTS` to draw the band from.
    basses: tuple[str, ...]
    comps: tuple[str, ...]
    pads: tuple[str, ...]
    leads: tuple[str, ...]
    voices: tuple[str, ...]  #: Names in `plaudit.synth.sound.singer.VOICES`.
    busy: float  #: How many syllables the singer has, 0 (long notes) to 1 (rapid).
    #: Reverberation time in seconds and its share in the mix.
    room_s: float
    wet: float
    #: Names in `plaudit.synth.music.pattern.PAD`, as for the bass.
    pad_patterns: tuple[str, str] = ("hold", "hold")
    fill: str = "toms"  #: Name in `plaudit.synth.music.groove.FILLS`.
    licks: float = 0.4  #: Chance in [0, 1] that the lead answers the end of a sung phrase.
    strum: float = 0.0  #: Beats between the strings of a strummed chord; 0 strikes them together.
    loose: float = 1.0  #: How far touch varies from note to note: 1 is a good band, 0 a machine.
    pad_from: float = 0.58  #: Intensity in [0, 1] from which on the pad plays.


_ALL_VOICES = ("soprano", "alto", "tenor", "baritone")

_CATALOGUE = (
    Style(
        name="pop", metre="4/4", bpm=(96, 124), swing=0.5, modes=("major", "major", "minor"),
        school="pop", sevenths=False, groove="backbeat", kit="studio",
        bass_patterns=("half", "eighths"), comp_patterns=("beats", "push"),
        basses=("finger_bass", "synth_bass"), comps=("piano", "epiano"),
        pads=("warm_pad", "strings"), leads=("saw_lead", "bell", "pluck_synth"),
        voices=_ALL_VOICES, busy=0.6, room_s=1.2, wet=0.16,
        pad_patterns=("hold", "counter"),
    ),
    Style(
        name="rock", metre="4/4", bpm=(112, 152), swing=0.5, modes=("major", "minor"),
        school="rock", sevenths=False, groove="rock", kit="studio",
        bass_patterns=("half", "eighths"), comp_patterns=("power", "drive"),
        basses=("finger_bass",), comps=("overdrive", "steel_guitar"),
        pads=("organ",), leads=("overdrive", "saw_lead"),
        voices=("alto", "tenor", "baritone"), busy=0.55, room_s=0.9, wet=0.12,
        pad_patterns=("hold", "hold"), strum=0.02, licks=0.5,
    ),
    Style(
        name="ballad", metre="6/8", bpm=(46, 62), swing=0.5, modes=("major", "minor"),
        school="pop", sevenths=False, groove="slow_six", kit="studio",
        bass_patterns=("half", "root_fifth"), comp_patterns=("arp_up", "arp_wave"),
        basses=("finger_bass", "upright_bass"), comps=("piano", "nylon_guitar"),
        pads=("strings",), leads=("flute", "strings"),
        voices=_ALL_VOICES, busy=0.4, room_s=2.0, wet=0.24,
        pad_patterns=("hold", "counter"), licks=0.6, pad_from=0.5,
    ),
    Style(
        name="folk", metre="3/4", bpm=(88, 132), swing=0.5, modes=("major", "major", "minor"),
        school="folk", sevenths=False, groove="waltz", kit="brushes",
        bass_patterns=("one", "root_fifth"), comp_patterns=("waltz", "arp_wave"),
        basses=("upright_bass",), comps=("nylon_guitar", "steel_guitar", "harp"),
        pads=("strings", "accordion"), leads=("flute", "harp", "accordion"),
        voices=_ALL_VOICES, busy=0.45, room_s=1.1, wet=0.15,
        pad_patterns=("hold", "counter"), strum=0.03, fill="brush", licks=0.6,
    ),
    Style(
        name="house", metre="4/4", bpm=(118, 128), swing=0.52, modes=("minor", "major"),
        school="club", sevenths=False, groove="four_floor", kit="electronic",
        bass_patterns=("offbeat", "octaves"), comp_patterns=("offbeat", "house"),
        basses=("synth_bass", "sub_bass"), comps=("pluck_synth", "piano"),
        pads=("warm_pad",), leads=("saw_lead", "square_lead", "pluck_synth"),
        voices=("soprano", "alto", "tenor"), busy=0.45, room_s=1.4, wet=0.18,
        pad_patterns=("hold", "stabs"), fill="claps", licks=0.2, loose=0.4,
    ),
    Style(
        name="synthwave", metre="4/4", bpm=(84, 112), swing=0.5, modes=("minor",),
        school="synth", sevenths=False, groove="eighties", kit="electronic",
        bass_patterns=("eighths", "octaves"), comp_patterns=("arp_up", "arp_wave"),
        basses=("synth_bass",), comps=("pluck_synth", "saw_lead"),
        pads=("warm_pad", "strings"), leads=("square_lead", "bell"),
        voices=_ALL_VOICES, busy=0.35, room_s=1.8, wet=0.24,
        pad_patterns=("hold", "hold"), licks=0.4, loose=0.4, pad_from=0.45,
    ),
    Style(
        name="bossa", metre="4/4", bpm=(112, 138), swing=0.5, modes=("major", "minor"),
        school="jazz", sevenths=True, groove="bossa", kit="brushes",
        bass_patterns=("root_fifth", "bossa"), comp_patterns=("bossa", "bossa"),
        basses=("upright_bass",), comps=("nylon_guitar", "epiano"),
        pads=("strings",), leads=("flute", "marimba"),
        voices=("soprano", "alto", "baritone"), busy=0.5, room_s=0.9, wet=0.13,
        pad_patterns=("hold", "answer"), fill="brush", strum=0.02, licks=0.6,
    ),
    Style(
        name="soul", metre="6/8", bpm=(52, 70), swing=0.5, modes=("major", "minor"),
        school="gospel", sevenths=True, groove="gospel_six", kit="studio",
        bass_patterns=("root_fifth", "walk"), comp_patterns=("pulse", "pulse"),
        basses=("finger_bass",), comps=("organ", "epiano", "piano"),
        pads=("strings", "brass"), leads=("brass", "organ"),
        voices=("alto", "tenor", "soprano"), busy=0.6, room_s=1.3, wet=0.18,
        pad_patterns=("hold", "stabs"), licks=0.6,
    ),
    Style(
        name="lofi", metre="4/4", bpm=(72, 88), swing=0.6, modes=("dorian", "minor", "major"),
        school="jazz", sevenths=True, groove="lofi", kit="dusty",
        bass_patterns=("half", "half"), comp_patterns=("charleston", "charleston"),
        basses=("sub_bass", "upright_bass"), comps=("epiano", "piano"),
        pads=("warm_pad",), leads=("marimba", "bell", "flute"),
        voices=("alto", "tenor"), busy=0.45, room_s=0.8, wet=0.16,
        fill="none", licks=0.5, strum=0.03, loose=1.6,
    ),
    Style(
        name="reggae", metre="4/4", bpm=(68, 88), swing=0.56, modes=("major", "minor"),
        school="folk", sevenths=False, groove="one_drop", kit="studio",
        bass_patterns=("dub", "dub"), comp_patterns=("skank", "skank"),
        basses=("sub_bass", "finger_bass"), comps=("organ", "steel_guitar"),
        pads=("organ",), leads=("brass", "flute"),
        voices=("tenor", "alto", "baritone"), busy=0.55, room_s=1.2, wet=0.2,
        pad_patterns=("hold", "riff"), licks=0.5,
    ),
    Style(
        name="trap", metre="4/4", bpm=(128, 150), swing=0.5, modes=("minor",),
        school="trap", sevenths=False, groove="trap", kit="trap",
        bass_patterns=("trap_calm", "trap"), comp_patterns=("bells_calm", "bells"),
        basses=("bass_808",), comps=("music_box", "bell", "epiano"),
        pads=("choir", "warm_pad", "strings"), leads=("flute", "square_lead", "bell"),
        voices=("alto", "tenor", "baritone"), busy=0.9, room_s=1.1, wet=0.14,
        pad_patterns=("hold", "hold"), fill="hats", licks=0.2, loose=0.3,
    ),
    Style(
        name="funk", metre="4/4", bpm=(94, 116), swing=0.54, modes=("dorian", "mixolydian"),
        school="vamp", sevenths=True, groove="funk", kit="tight",
        bass_patterns=("funk_calm", "funk"), comp_patterns=("clav_calm", "clav"),
        basses=("slap_bass", "finger_bass"), comps=("clavinet", "muted_guitar", "epiano"),
        pads=("brass", "organ"), leads=("sax", "brass"),
        voices=("alto", "tenor", "soprano"), busy=0.8, room_s=0.6, wet=0.09,
        pad_patterns=("hold", "stabs"), licks=0.6, pad_from=0.66,
    ),
    Style(
        name="country", metre="4/4", bpm=(104, 136), swing=0.53, modes=("major",),
        school="country", sevenths=False, groove="train", kit="brushes",
        bass_patterns=("root_fifth", "two_walk"), comp_patterns=("boom_chick", "roll"),
        basses=("upright_bass",), comps=("banjo", "steel_guitar"),
        pads=("slide_guitar", "accordion"), leads=("fiddle", "slide_guitar"),
        voices=("alto", "tenor", "baritone"), busy=0.5, room_s=0.8, wet=0.11,
        pad_patterns=("hold", "answer"), fill="brush", licks=0.7, strum=0.02,
    ),
    Style(
        name="techno", metre="4/4", bpm=(126, 138), swing=0.5, modes=("minor",),
        school="drone", sevenths=False, groove="techno", kit="club",
        bass_patterns=("offbeat", "gallop"), comp_patterns=("stab_calm", "stab"),
        basses=("synth_bass", "reese_bass"), comps=("stab",),
        pads=("warm_pad",), leads=("saw_lead", "pluck_synth"),
        voices=("soprano", "alto"), busy=0.1, room_s=1.6, wet=0.2,
        fill="roll", licks=0.0, loose=0.2, pad_from=0.7,
    ),
    Style(
        name="drum_and_bass", metre="4/4", bpm=(166, 178), swing=0.5, modes=("minor", "minor"),
        school="club", sevenths=True, groove="breakbeat", kit="breaks",
        bass_patterns=("reese_calm", "reese"), comp_patterns=("tines", "tines"),
        basses=("reese_bass", "sub_bass"), comps=("epiano", "stab"),
        pads=("warm_pad", "strings"), leads=("saw_lead", "bell"),
        voices=("soprano", "alto", "tenor"), busy=0.2, room_s=1.5, wet=0.18,
        fill="roll", licks=0.2, loose=0.4, pad_from=0.45,
    ),
    Style(
        name="blues", metre="4/4", bpm=(88, 126), swing=0.66, modes=("mixolydian", "major"),
        school="blues", sevenths=True, groove="shuffle", kit="studio",
        bass_patterns=("walk", "shuffle"), comp_patterns=("blues_stabs", "boogie"),
        basses=("finger_bass", "upright_bass"), comps=("overdrive", "piano", "steel_guitar"),
        pads=("organ", "brass"), leads=("slide_guitar", "sax", "overdrive"),
        voices=("alto", "tenor", "baritone"), busy=0.55, room_s=0.9, wet=0.12,
        pad_patterns=("hold", "stabs"), licks=0.9,
    ),
    Style(
        name="salsa", metre="4/4", bpm=(88, 108), swing=0.5, modes=("minor", "major"),
        school="latin", sevenths=False, groove="salsa", kit="percussion",
        bass_patterns=("tumbao_calm", "tumbao"), comp_patterns=("montuno_calm", "montuno"),
        basses=("upright_bass", "finger_bass"), comps=("piano",),
        pads=("brass",), leads=("brass", "flute", "vibraphone"),
        voices=("tenor", "alto", "baritone"), busy=0.7, room_s=0.8, wet=0.11,
        pad_patterns=("hold", "riff"), fill="congas", licks=0.5, pad_from=0.66,
    ),
    Style(
        name="cinematic", metre="4/4", bpm=(72, 96), swing=0.5, modes=("minor", "minor", "major"),
        school="cinema", sevenths=False, groove="taiko", kit="hall",
        bass_patterns=("pedal", "half"), comp_patterns=("ostinato", "ostinato_fast"),
        basses=("cello", "sub_bass"), comps=("strings", "piano", "harp"),
        pads=("choir", "brass"), leads=("cello", "flute", "brass"),
        voices=("soprano", "alto"), busy=0.1, room_s=2.6, wet=0.3,
        pad_patterns=("hold", "swells"), fill="drums", licks=0.3, pad_from=0.4,
    ),
    Style(
        name="waltz", metre="3/4", bpm=(138, 178), swing=0.5, modes=("major", "minor"),
        school="ballroom", sevenths=False, groove="ballroom", kit="percussion",
        bass_patterns=("oom", "oom"), comp_patterns=("waltz", "oompah"),
        basses=("upright_bass", "cello"), comps=("accordion", "piano", "strings"),
        pads=("strings",), leads=("clarinet", "fiddle", "accordion"),
        voices=("soprano", "tenor", "alto"), busy=0.35, room_s=1.5, wet=0.17,
        pad_patterns=("hold", "counter"), fill="roll", licks=0.5,
    ),
    Style(
        name="jazz_waltz", metre="3/4", bpm=(116, 156), swing=0.64, modes=("major", "dorian"),
        school="jazz", sevenths=True, groove="jazz_waltz", kit="brushes",
        bass_patterns=("two", "walk"), comp_patterns=("jazz", "jazz_full"),
        basses=("upright_bass",), comps=("piano", "epiano"),
        pads=("warm_pad", "strings"), leads=("vibraphone", "sax", "clarinet"),
        voices=("alto", "baritone", "soprano"), busy=0.45, room_s=0.8, wet=0.12,
        pad_patterns=("hold", "answer"), fill="brush", licks=0.7, pad_from=0.7,
    ),
    Style(
        name="celtic", metre="6/8", bpm=(100, 126), swing=0.5, modes=("major", "dorian", "minor"),
        school="reel", sevenths=False, groove="jig", kit="percussion",
        bass_patterns=("jig_calm", "jig"), comp_patterns=("lilt", "jig"),
        basses=("upright_bass", "cello"), comps=("steel_guitar", "harp", "accordion"),
        pads=("accordion", "strings"), leads=("fiddle", "flute"),
        voices=("soprano", "alto", "tenor"), busy=0.9, room_s=1.0, wet=0.14,
        pad_patterns=("hold", "counter"), fill="drums", licks=0.5, strum=0.015,
    ),
    Style(
        name="doo_wop", metre="6/8", bpm=(58, 78), swing=0.5, modes=("major",),
        school="doo_wop", sevenths=False, groove="doo_wop", kit="dusty",
        bass_patterns=("root_fifth", "doo_wop"), comp_patterns=("triplets", "pulse"),
        basses=("upright_bass",), comps=("piano", "muted_guitar"),
        pads=("choir",), leads=("sax", "choir"),
        voices=("tenor", "soprano", "baritone"), busy=0.45, room_s=1.2, wet=0.18,
        pad_patterns=("hold", "shoo"), licks=0.6, pad_from=0.45,
    ),
)  # fmt: skip

STYLES: dict[str, Style] = {style.name: style for style in _CATALOGUE}
