"""``load_judge``: the door to scoring from Python."""

import logging
import os

from plaudit.core.errors import InputError, PlauditError
from plaudit.encoders.device import choose_device
from plaudit.judging.any_judge import AnyJudge
from plaudit.judging.catalogue import find_judge
from plaudit.judging.ensemble import ENSEMBLE, EnsembleJudge
from plaudit.judging.judge import Judge
from plaudit.judging.published.judge import PublishedJudge
from plaudit.model.folder import load_folder
from plaudit.model.published.card import PublishedCard
from plaudit.model.published.folder import load_published, read_any_card

_log = logging.getLogger(__name__)


def load_judge(
    name: str | os.PathLike[str] = "bundled",
    *,
    device: str = "auto",
    precision: str = "exact",
    max_seconds: float | None = None,
) -> AnyJudge:
    """Load a judge by name, folder or hub id.

    Parameters
    ----------
    name : str or path
        "bundled" (in the package, needs no download), a folder made by ``plaudit judges
        import-apex``, a name in the judges folder, or a hub id.
    device : {"auto", "cpu", "cuda", "cuda:N", "mps"}
        Where the encoder runs; "auto" takes a GPU if there is one.
    precision : {"exact", "fast"}
        "exact" is float32; "fast" is bfloat16 where the encoder offers it
        (``judge.precision`` says what is in use).
    max_seconds : float, optional
        Longest song that it takes; a longer one is a `plaudit.audio.errors.TooLongError`. Give it
        where files come from people you do not know: ten hours of sound fit into 7 MB.

    Returns
    -------
    AnyJudge
        Ready to score, offline; a `Judge` where the encoder and the network are ours.

    Raises
    ------
    PlauditError
        No such judge, or its files do not fit its card.

    Examples
    --------
    >>> import plaudit
    >>> judge = plaudit.load_judge("bundled")
    >>> judge.axes[2]
    'coherence'
    """
    if max_seconds is not None and not max_seconds > 0:
        raise InputError(f"Expected max_seconds above 0, got {max_seconds}.")
    folder = find_judge(os.fspath(name))
    card = read_any_card(folder)
    _log.debug("judge %s %s of %s, on %s, %s", card.name, card.version, folder, device, precision)
    if isinstance(card, PublishedCard) and card.procedure == ENSEMBLE:
        return EnsembleJudge(card, _members(card, device, precision, max_seconds), max_seconds)
    if isinstance(card, PublishedCard):
        where = choose_device(device)
        return PublishedJudge(card, load_published(folder, card, where), where, max_seconds)
    parts = load_folder(folder, device=device, precision=precision)
    return Judge(parts.card, parts.network, parts.encoder, max_seconds)


def _members(
    card: PublishedCard, device: str, precision: str, max_seconds: float | None
) -> list[AnyJudge]:
    """Load the judges of an ensemble."""
    judges = []
    for name, part in card.parts.items():
        try:
            judge = load_judge(
                part.hub, device=device, precision=precision, max_seconds=max_seconds
            )
        except PlauditError as error:
            raise InputError(
                f"Ensemble '{card.name}' needs judge '{name}' {part.config['version']}, which"
                f" cannot be loaded: {error}"
            ) from error
        judges.append(judge)
    return judges
