"""Every suite, by name."""

from plaudit.benchmarks import (
    suite_asae,
    suite_choice,
    suite_cmi,
    suite_damage,
    suite_rating,
    suite_robustness,
)
from plaudit.benchmarks.suite import Suite
from plaudit.core.errors import InputError
from plaudit.core.settings import nearest

SUITES: dict[str, Suite] = {
    "asae-track1": suite_asae.TRACK1,
    "asae-track2": suite_asae.TRACK2,
    "cmi-rewardbench": suite_cmi.SUITE,
    "songeval": suite_rating.SONGEVAL,
    "pam": suite_rating.PAM,
    "musiceval": suite_rating.MUSICEVAL,
    "aes": suite_rating.AES,
    "aime": suite_choice.AIME,
    "musicprefs": suite_choice.MUSICPREFS,
    "music-arena": suite_choice.MUSIC_ARENA,
    "damage": suite_damage.SUITE,
    "robustness": suite_robustness.SUITE,
}


def find_suite(name: str) -> Suite:
    """Return a suite by name.

    Parameters
    ----------
    name : str
        Its name in `SUITES`.

    Returns
    -------
    Suite
        The suite.

    Raises
    ------
    InputError
        There is none of that name.
    """
    if name not in SUITES:
        raise InputError(f"There is no suite '{name}'; {nearest(name, SUITES)}")
    return SUITES[name]
