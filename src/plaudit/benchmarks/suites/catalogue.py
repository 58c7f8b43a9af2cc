"""Every suite, by name."""

from plaudit.benchmarks.suites import asae, choice, cmi, damage, rating, robustness
from plaudit.benchmarks.suites.promise import Suite
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest

SUITES: dict[str, Suite] = {
    "asae-track1": asae.TRACK1,
    "asae-track2": asae.TRACK2,
    "cmi-rewardbench": cmi.SUITE,
    "csv": rating.OWN_TABLE,
    "songeval": rating.SONGEVAL,
    "pam": rating.PAM,
    "musiceval": rating.MUSICEVAL,
    "aes": rating.AES,
    "aime": choice.AIME,
    "musicprefs": choice.MUSICPREFS,
    "music-arena": choice.MUSIC_ARENA,
    "damage": damage.SUITE,
    "robustness": robustness.SUITE,
}


def find_suite(name: str) -> Suite:
    """Return a suite by name; an unknown name is an `InputError`."""
    if name not in SUITES:
        raise InputError(f"There is no suite '{name}'; {nearest(name, SUITES)}")
    return SUITES[name]
