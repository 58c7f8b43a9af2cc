"""The published judges that Plaudit can bring, and what is known of each before it is brought.

One entry a judge: its procedure is the file of this folder that `open_model` names. Figures of
agreement are its authors' own, or of the paper named; Plaudit's own are in the docs.
"""

from typing import NamedTuple

import torch

from plaudit.model.published.promise import Part, PublishedModel


class Facts(NamedTuple):
    """What a user should know of a judge before bringing it.

    ``gigabytes`` are those of its download, ``commercial`` whether its licences allow commercial
    use, ``forbids`` what they do not allow, ``agreement`` what was published of its agreement with
    people, ``differs`` where our procedure is not the published one.
    """

    title: str
    scores: str
    licence: str
    commercial: bool
    forbids: str
    gigabytes: float
    learned_from: str
    agreement: str
    citation: str
    hears: str
    differs: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()


_NON_COMMERCIAL = "Commercial use, without a licence from the owners of the weights."
_MUQ = "MuQ weights CC-BY-NC 4.0"

FACTS: dict[str, Facts] = {
    "audiobox": Facts(
        title="Audiobox Aesthetics",
        scores="enjoyment, usefulness, complexity and production quality of any sound, about 1-10",
        licence="CC-BY 4.0 (code and weights); the WavLM part MIT",
        commercial=True,
        forbids="Use without naming its authors.",
        gigabytes=0.4,
        learned_from=(
            "As stated by its authors: ratings by people of speech, sound effects and music."
        ),
        agreement=(
            "On the preferences of CMI-Pref, per-pair accuracy .60 to .68 by axis, complexity"
            " aside (CMI-RewardBench)."
        ),
        citation="Audiobox Aesthetics, arXiv 2502.05139; WavLM, arXiv 2110.13900",
        hears="windows of 10 s, the last one masked where it is short, averaged by their length",
        limits=("Its scale is about 1 to 10 and has no fixed ends.",),
    ),
}

#: Judges by the number of times that a license lets them be used for anything: the first is ours to
#: recommend.
RECOMMENDED = "audiobox"


def open_model(
    procedure: str, parts: dict[str, Part], device: torch.device, options: dict[str, object]
) -> PublishedModel:
    """Build a judge of the catalogue from its parts; ``options`` are of its constructor."""
    return model_class(procedure)(parts, device, **options)


def model_class(procedure: str) -> type[PublishedModel]:
    """Return the class of a judge of the catalogue."""
    match procedure:  # imported here: a judge's libraries load only where it is used
        case "audiobox":
            from plaudit.model.published.audiobox import Audiobox

            return Audiobox
    raise KeyError(procedure)
