"""Patterns of bass, accompaniment and pads: when to play in a bar, and which tone of the chord."""

# (start, length) in beats of a bar, then the tone: 0 root, 7 fifth, 12 octave, -5 low fifth,
# 3 third, 10 the chord's last tone, FIFTH_TURN the root and in every second bar the low fifth,
# APPROACH a step towards the next root.
BassPattern = tuple[tuple[float, float, int], ...]
APPROACH, FIFTH_TURN = 99, 50
_T = 1 / 3  # an eighth of 6/8, where the beat is a dotted quarter

BASS: dict[str, dict[str, BassPattern]] = {
    "4/4": {
        "half": ((0, 2, 0), (2, 1.5, 0), (3.5, 0.5, 7)),
        "one": ((0, 3.5, 0),),
        "pedal": ((0, 4, 0),),
        "root_fifth": ((0, 1.5, 0), (2, 1.5, -5)),
        "two_walk": ((0, 1.6, 0), (2, 0.9, -5), (3, 0.9, APPROACH)),
        "eighths": (*((k / 2, 0.45, 0) for k in range(7)), (3.5, 0.45, APPROACH)),
        "octaves": tuple((k / 2, 0.4, 12 * (k % 2)) for k in range(8)),
        "gallop": tuple(
            (b + s, 0.22, 0) for b in range(4) for s in (0.25, 0.5, 0.75)
        ),
        "offbeat": tuple((k + 0.5, 0.45, 0) for k in range(4)),
        "bossa": ((0, 1.4, 0), (1.5, 0.45, -5), (2, 1.4, -5), (3.5, 0.45, 0)),
        "dub": ((0, 0.9, 0), (1.5, 0.4, 7), (2, 0.9, 0), (3, 0.45, 3), (3.5, 0.45, APPROACH)),
        "walk": ((0, 0.95, 0), (1, 0.95, 3), (2, 0.95, 7), (3, 0.95, APPROACH)),
        "shuffle": ((0, 0.5, 0), (0.5, 0.4, 0), (1, 0.5, 3), (1.5, 0.4, 3), (2, 0.5, 7),
                    (2.5, 0.4, 7), (3, 0.5, 10), (3.5, 0.4, APPROACH)),
        "funk_calm": ((0, 0.7, 0), (1.5, 0.3, 0), (2.75, 0.2, 7), (3.5, 0.4, APPROACH)),
        "funk": ((0, 0.4, 0), (0.75, 0.2, 0), (1.5, 0.2, 12), (2.25, 0.2, 0), (2.5, 0.45, 10),
                 (3.25, 0.2, 12), (3.5, 0.4, APPROACH)),
        "tumbao_calm": ((0, 1.4, 0), (1.5, 1.4, 7), (3, 0.95, 0)),
        "tumbao": ((0, 0.9, 0), (1.5, 0.9, 7), (2.5, 0.4, 7), (3, 0.95, 12)),
        "trap": ((0, 1.4, 0), (1.5, 0.9, 0), (2.5, 0.9, 0), (3.5, 0.45, APPROACH)),
        "trap_calm": ((0, 3.2, 0), (3.5, 0.45, 0)),
        "reese": ((0, 1.4, 0), (1.5, 0.9, 0), (2.5, 1.4, -5)),
        "reese_calm": ((0, 2.4, 0), (2.5, 1.4, 0)),
        "tango": ((0, 1.4, 0), (1.5, 0.45, 7), (2, 0.9, 0), (3, 0.9, APPROACH)),
    },
    "3/4": {
        "one": ((0, 2.6, 0),),
        "half": ((0, 2, 0), (2, 0.9, 7)),
        "oom": ((0, 0.9, FIFTH_TURN),),
        "root_fifth": ((0, 1.8, 0), (2, 0.9, -5)),
        "two": ((0, 1.8, 0), (2, 0.9, APPROACH)),
        "walk": ((0, 0.95, 0), (1, 0.95, 3), (2, 0.95, APPROACH)),
    },
    "6/8": {
        "half": ((0, 1.9, 0),),
        "root_fifth": ((0, 1, 0), (1, 2 * _T, 7), (5 * _T, _T, 0)),
        "walk": ((0, 2 * _T, 0), (2 * _T, _T, 0), (1, 2 * _T, 7), (5 * _T, _T, APPROACH)),
        "doo_wop": ((0, 0.95, 0), (1, _T, 0), (4 * _T, _T, 7), (5 * _T, _T, APPROACH)),
        "jig": ((0, 2 * _T, 0), (2 * _T, _T, 12), (1, 2 * _T, 7), (5 * _T, _T, APPROACH)),
        "jig_calm": ((0, 0.9, 0), (1, 0.6, 0), (5 * _T, _T, APPROACH)),
    },
}  # fmt: skip

# (start, length) in beats and what is played: 0 to 4 is one tone of the chord from below, ALL is
# the chord over its low root, UPPER the chord alone, PAIR its two highest tones, POWER root, fifth
# and octave, ROOT and FIFTH low single tones, BOOGIE_5 and BOOGIE_6 the low root with the fifth or
# with the chord's last tone, OCTAVE the highest tone doubled below.
CompPattern = tuple[tuple[float, float, int], ...]
ALL, UPPER, PAIR, POWER, ROOT, FIFTH, BOOGIE_5, BOOGIE_6, OCTAVE = range(-1, -10, -1)


def _each(step: float, length: float, tones: tuple[int, ...]) -> CompPattern:
    return tuple((k * step, length, tone) for k, tone in enumerate(tones))


COMP: dict[str, dict[str, CompPattern]] = {
    "4/4": {
        "beats": _each(1, 0.9, (ALL, UPPER, UPPER, UPPER)),
        "push": ((0, 1.4, ALL), (1.5, 0.9, UPPER), (2.5, 0.45, UPPER), (3, 0.9, UPPER)),
        "long": ((0, 3.9, ALL),),
        "strum": ((0, 0.9, ALL), (1, 0.45, UPPER), (1.5, 0.4, PAIR), (2.5, 0.45, UPPER),
                  (3, 0.4, UPPER), (3.5, 0.4, PAIR)),
        "drive": _each(0.5, 0.42, (POWER,) * 8),
        "power": ((0, 1.4, POWER), (1.5, 0.4, POWER), (2, 1.4, POWER), (3.5, 0.4, POWER)),
        "offbeat": tuple((k + 0.5, 0.4, UPPER) for k in range(4)),
        "house": ((0, 0.3, ALL), (0.75, 0.3, UPPER), (1.5, 0.4, UPPER), (2.5, 0.3, UPPER),
                  (3.25, 0.3, UPPER)),
        "stab": ((0.5, 0.25, UPPER), (1.25, 0.25, UPPER), (2.5, 0.25, UPPER), (3.75, 0.2, UPPER)),
        "stab_calm": ((0.5, 0.25, UPPER), (2.5, 0.25, UPPER)),
        "skank": ((1, 0.22, UPPER), (3, 0.22, UPPER), (3.5, 0.12, PAIR)),
        "bossa": ((0, 0.7, ALL), (1, 0.4, UPPER), (1.5, 0.9, UPPER), (2.5, 0.4, UPPER),
                  (3.5, 0.4, UPPER)),
        "charleston": ((0, 1.3, ALL), (1.5, 1.8, UPPER)),
        "arp_up": _each(0.25, 0.3, (0, 1, 2, 3) * 4),
        "arp_wave": _each(0.5, 0.6, (0, 2, 1, 3, 2, 3, 1, 2)),
        "ostinato": _each(0.5, 0.45, (0, 2, 1, 2, 0, 2, 1, 3)),
        "ostinato_fast": _each(0.25, 0.22, (0, 2, 1, 2, 0, 2, 3, 2) * 2),
        "boom_chick": ((0, 0.45, ROOT), (1, 0.4, UPPER), (2, 0.45, FIFTH), (3, 0.4, UPPER),
                       (3.5, 0.3, PAIR)),
        "roll": _each(0.25, 0.35, (0, 1, 3, 0, 1, 3, 0, 3, 1, 2, 3, 1, 2, 3, 0, 3)),
        "clav": ((0, 0.2, ALL), (0.75, 0.12, PAIR), (1.25, 0.12, PAIR), (1.5, 0.2, UPPER),
                 (2.25, 0.12, PAIR), (2.75, 0.2, UPPER), (3.5, 0.12, PAIR), (3.75, 0.12, PAIR)),
        "clav_calm": ((0, 0.3, ALL), (1.5, 0.2, UPPER), (2.75, 0.2, PAIR)),
        "boogie": _each(0.5, 0.45, (BOOGIE_5, BOOGIE_5, BOOGIE_6, BOOGIE_6) * 2),
        "blues_stabs": ((0, 0.5, ALL), (1.5, 0.3, UPPER), (2.5, 0.9, UPPER)),
        "montuno": ((0, 0.4, OCTAVE), (0.5, 0.2, 1), (0.75, 0.4, OCTAVE), (1.25, 0.2, 2),
                    (1.5, 0.4, OCTAVE), (2, 0.2, 1), (2.25, 0.4, OCTAVE), (2.75, 0.2, 2),
                    (3, 0.4, OCTAVE), (3.5, 0.4, OCTAVE)),
        "montuno_calm": ((0, 0.4, OCTAVE), (0.5, 0.4, UPPER), (1.5, 0.9, UPPER), (3, 0.4, OCTAVE)),
        "bells": ((0, 0.5, 3), (0.5, 0.5, 2), (1.5, 0.5, 1), (2, 0.5, 3), (2.75, 0.5, 2),
                  (3.5, 0.45, 0)),
        "bells_calm": ((0, 0.9, 3), (1.5, 0.9, 1), (2.5, 0.9, 2)),
        "tines": ((0, 2.2, ALL), (2.5, 1.4, UPPER)),
    },
    "3/4": {
        "waltz": ((1, 0.6, UPPER), (2, 0.6, UPPER)),
        "oompah": ((0, 0.5, ROOT), (1, 0.35, UPPER), (2, 0.35, UPPER)),
        "arp_wave": _each(0.5, 0.8, (0, 1, 2, 3, 2, 1)),
        "arp_up": _each(0.5, 0.8, (0, 1, 2, 3, 1, 2)),
        "beats": _each(1, 0.9, (ALL, UPPER, UPPER)),
        "jazz": ((0, 0.9, ALL), (1, 0.4, UPPER), (2, 0.9, UPPER)),
        "jazz_full": ((0, 0.5, ALL), (1, 0.4, UPPER), (2, 0.4, UPPER), (2.5, 0.4, PAIR)),
    },
    "6/8": {
        "arp_up": _each(_T, 0.7, (0, 1, 2, 3, 2, 1)),
        "arp_wave": _each(_T, 0.7, (0, 2, 3, 1, 2, 3)),
        "pulse": _each(_T, 0.28, (ALL, UPPER, UPPER, ALL, UPPER, UPPER)),
        "beats": _each(1, 0.9, (ALL, UPPER)),
        "jig": ((0, 0.6, ALL), (2 * _T, 0.25, PAIR), (1, 0.6, UPPER), (5 * _T, 0.25, PAIR)),
        "lilt": ((0, 0.6, ROOT), (2 * _T, 0.25, UPPER), (1, 0.6, FIFTH), (5 * _T, 0.25, UPPER)),
        "triplets": _each(_T, 0.25, (ALL, PAIR, PAIR, UPPER, PAIR, PAIR)),
    },
}  # fmt: skip

# What pads do with a chord: the same marks as of the accompaniment.
PAD: dict[str, dict[str, CompPattern]] = {
    "4/4": {
        "hold": ((0, 4, UPPER),),
        "stabs": ((0, 0.3, UPPER), (1.5, 0.3, UPPER), (3.5, 0.3, UPPER)),
        "riff": ((0, 0.4, 0), (0.75, 0.2, 0), (1.5, 0.4, 2), (2.5, 0.4, 1), (3, 0.8, 3)),
        "counter": ((0, 4, PAIR), (0, 1, 0), (1, 1, 1), (2, 2, 2)),
        "answer": ((0, 2, PAIR), (2, 0.5, 1), (2.5, 0.5, 2), (3, 1, 3)),
        "swells": ((0, 2, UPPER), (2, 2, UPPER)),
    },
    "3/4": {
        "hold": ((0, 3, UPPER),),
        "counter": ((0, 3, PAIR), (0, 1, 0), (1, 1, 1), (2, 1, 2)),
        "answer": ((0, 1.5, PAIR), (1.5, 0.5, 1), (2, 1, 2)),
    },
    "6/8": {
        "hold": ((0, 2, UPPER),),
        "counter": ((0, 2, PAIR), (0, 2 * _T, 0), (2 * _T, _T, 1), (1, 1, 2)),
        "stabs": ((0, 0.3, UPPER), (2 * _T, 0.25, UPPER), (5 * _T, 0.25, UPPER)),
        "shoo": ((0, 0.6, UPPER), (2 * _T, _T, UPPER), (1, 0.95, UPPER)),
    },
}  # fmt: skip


def named(catalogue: dict[str, CompPattern], name: str) -> CompPattern:
    """Return a pattern by name; a style borrowed from another metre gets the metre's first one."""
    return catalogue[name] if name in catalogue else next(iter(catalogue.values()))
