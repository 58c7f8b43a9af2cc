"""The published judges that Plaudit can bring, and what is known of each before it is brought.

One entry a judge: its procedure is the file of this folder that `open_model` names. Figures of
agreement are its authors' own, or of the paper named; Plaudit's own are in the docs.
"""

from importlib import import_module
from typing import NamedTuple, cast

import torch

from plaudit.core.errors import InputError
from plaudit.core.settings import nearest
from plaudit.model.published.procedure import Part, PublishedModel


class Facts(NamedTuple):
    """What a user should know of a judge before bringing it.

    ``gigabytes`` are those of its download, ``commercial`` whether its licences allow commercial
    use, ``forbids`` what they do not allow, ``agreement`` what was published of its agreement with
    people (a share is the accuracy on battles that people decided, from CMI-RewardBench),
    ``differs`` where our procedure is not the published one.
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
_SONGEVAL_DATA = (
    "As stated by its authors: ratings by four experts of each of 2,399 songs (SongEval)."
)

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
        agreement=".59 to .68 on Music Arena, .59 to .74 on CMI-Pref, by axis.",
        citation="Audiobox Aesthetics, arXiv 2502.05139; WavLM, arXiv 2110.13900",
        hears="windows of 10 s, the last one masked where it is short, averaged by their length",
        differs=("Windows are heard one by one; no score depends on it.",),
        limits=("Its scale is about 1 to 10 and has no fixed ends.",),
    ),
    "songeval": Facts(
        title="SongEval toolkit",
        scores="coherence, musicality, memorability, clarity and naturalness of songs, 1-5",
        licence=(
            "Code Apache-2.0 by its licence file, CC-BY-NC-SA 4.0 by its README (the stricter"
            " counts); MuQ weights CC-BY-NC 4.0"
        ),
        commercial=False,
        forbids=_NON_COMMERCIAL,
        gigabytes=1.3,
        learned_from=_SONGEVAL_DATA,
        agreement=".74 on Music Arena, .72 on CMI-Pref.",
        citation="SongEval, arXiv 2505.10793; MuQ, arXiv 2501.01108",
        hears="a song as a whole",
        differs=("The tool rounds scores to four decimals; ours are not rounded.",),
    ),
    "clap": Facts(
        title="CLAP score",
        scores="alignment with a prompt, -1 to 1",
        licence="Code and weights CC0 1.0 as stated by laion_clap; the hub's card was not seen",
        commercial=True,
        forbids="Nothing that its licence names.",
        gigabytes=2.4,
        learned_from="As stated by its authors: pairs of music, other sounds, and texts.",
        agreement=".67 on CMI-Pref by text, .74 with lyrics.",
        citation="LAION CLAP, arXiv 2211.06687",
        hears="clips of 10 s from the start, whose embeddings are averaged",
        differs=(
            "The published way takes one random crop of a song of more than 10 s; ours hears all"
            " of it, so that its score is the same each time.",
        ),
    ),
    "muq-mulan": Facts(
        title="MuQ-MuLan",
        scores="alignment with a prompt, -1 to 1",
        licence="Code MIT, weights CC-BY-NC 4.0; XLM-RoBERTa MIT",
        commercial=False,
        forbids=_NON_COMMERCIAL,
        gigabytes=2.8,
        learned_from="As stated by its authors: pairs of music and texts.",
        agreement="none known for preferences.",
        citation="MuQ, arXiv 2501.01108",
        hears="clips of 10 s from the start, the last completed from the start of the song",
        differs=("Texts are read one by one: in a published batch they change each other.",),
    ),
    "cmi-rm": Facts(
        title="CMI-RM",
        scores="alignment and musicality, unbounded, comparable with each other only",
        licence="Code Apache-2.0, data CC-BY-NC-SA 4.0, encoders CC-BY-NC 4.0",
        commercial=False,
        forbids=_NON_COMMERCIAL,
        gigabytes=2.8,
        learned_from="As stated by its authors: preferences of people and of a model (CMI-Pref).",
        agreement=".71 to .73 on Music Arena, .78 on CMI-Pref.",
        citation="CMI-RewardBench, arXiv 2603.00610; MuQ, arXiv 2501.01108",
        hears="chunks of 30 s of the first 120 s, together with prompt, lyrics and reference",
        differs=(
            "One song at a time: beside others in a batch the published scores change.",
            "120 s are heard, as in its benchmark; the published interface hears 30 s.",
        ),
    ),
    "tunejury": Facts(
        title="TuneJury",
        scores="preference, whose differences are log-odds of being preferred",
        licence="CC-BY-NC 4.0; CLAP CC0; MERT-v1-330M CC-BY-NC 4.0",
        commercial=False,
        forbids=_NON_COMMERCIAL,
        gigabytes=3.7,
        learned_from="As stated by its authors: votes of people between generated songs.",
        agreement="see its paper.",
        citation="TuneJury; MERT, arXiv 2306.00107; LAION CLAP, arXiv 2211.06687",
        hears="a song as a whole through MERT, and clips of 10 s through CLAP",
        differs=("CLAP hears all of a song, not one random crop of 10 s.",),
    ),
    "tunejury-a1": Facts(
        title="TuneJury A1",
        scores="preference by CLAP alone, whose differences are log-odds of being preferred",
        licence="Head Apache-2.0; CLAP CC0 as stated by laion_clap",
        commercial=True,
        forbids="Nothing that its licences name.",
        gigabytes=2.4,
        learned_from="As stated by its authors: votes of people between generated songs.",
        agreement="see its paper.",
        citation="TuneJury; LAION CLAP, arXiv 2211.06687",
        hears="clips of 10 s from the start, whose embeddings are averaged",
        differs=("CLAP hears all of a song, not one random crop of 10 s.",),
    ),
    "pam": Facts(
        title="PAM",
        scores="quality of any sound, 0-1, asked by two prompts and learned from no rating",
        licence="Code MIT, msclap weights MIT",
        commercial=True,
        forbids="Use without its notice of copyright.",
        gigabytes=0.7,
        learned_from="As stated by its authors: pairs of sounds and texts; no ratings.",
        agreement=".63 on Music Arena, .65 on CMI-Pref.",
        citation="PAM, arXiv 2402.00282",
        hears=(
            "windows of 7 s, the right channel after the left, the last window from the end"
            " backwards"
        ),
    ),
    "hear": Facts(
        title="HEAR",
        scores="five qualities of songs (or musicality alone, with its track 1), 1-5",
        licence="Code Apache-2.0; MusicFM MIT or Apache-2.0; MuQ weights CC-BY-NC 4.0",
        commercial=False,
        forbids=_NON_COMMERCIAL,
        gigabytes=2.7,
        learned_from=_SONGEVAL_DATA,
        agreement="see its paper (ASAE challenge).",
        citation="HEAR, arXiv 2511.18869; MuQ, arXiv 2501.01108; MusicFM, arXiv 2311.03318",
        hears="a song as a whole, and in segments of 30 s",
    ),
}
"""By the name that ``plaudit judges import`` takes. The sizes of downloads are rounded."""

KNOWN: dict[str, Facts] = FACTS | {
    "apex": Facts(
        title="APEX",
        scores="popularity (streams, likes; 0-100) and five qualities of songs, 1-5",
        licence=(
            "MERT weights CC-BY-NC 4.0; heads Apache-2.0; SongEval, whose scores they learned"
            " from, CC-BY-NC-SA by its README"
        ),
        commercial=False,
        forbids=_NON_COMMERCIAL,
        gigabytes=0.4,
        learned_from=(
            "As stated by its authors: plays, likes and SongEval scores of 211k generated songs."
        ),
        agreement=(
            "none as it is: on its authors' 1,259 battles higher scores did not win (AUC below .5)."
        ),
        citation="APEX, arXiv 2605.03395; MERT, arXiv 2306.00107; SongEval, arXiv 2505.10793",
        hears="segments of 30 s, whose embeddings are averaged",
    ),
}
"""Those of ``plaudit judges fetch``: with APEX, a network and an encoder of our own kind."""

_CLASSES = {
    "audiobox": ("audiobox", "Audiobox"),
    "songeval": ("songeval", "SongEval"),
    "clap": ("clap", "Clap"),
    "muq-mulan": ("mulan", "Mulan"),
    "cmi-rm": ("cmirm", "CmiRm"),
    "tunejury": ("tunejury", "TuneJury"),
    "tunejury-a1": ("tunejury", "TuneJuryA1"),
    "pam": ("pam", "Pam"),
    "hear": ("hear", "Hear"),
}

RECOMMENDED = "audiobox"
"""Recommended for work: the one with quality axes and a commercial licence."""


def open_model(
    procedure: str, parts: dict[str, Part], device: torch.device, options: dict[str, object]
) -> PublishedModel:
    """Build a judge of the catalogue from its parts; ``options`` are of its constructor."""
    return model_class(procedure)(parts, device, **options)


def model_class(procedure: str) -> type[PublishedModel]:
    """Return the class of a judge of the catalogue; `InputError` if there is none."""
    if procedure not in _CLASSES:
        raise InputError(f"There is no published judge '{procedure}'; {nearest(procedure, FACTS)}")
    file, name = _CLASSES[procedure]
    # Imported here: a judge's libraries load only where it is used.
    module = import_module(f"plaudit.model.published.{file}")
    return cast("type[PublishedModel]", getattr(module, name))
