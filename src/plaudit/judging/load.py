"""``load_judge``: the door to scoring from Python."""

import os

from plaudit.judging.catalogue import find_judge
from plaudit.judging.judge import Judge
from plaudit.model.folder import load_folder


def load_judge(
    name: str | os.PathLike[str] = "bundled", *, device: str = "auto", precision: str = "exact"
) -> Judge:
    """Load a judge by name, folder or hub id.

    Parameters
    ----------
    name : str or path
        "bundled" (in the package, needs no download), a folder made by ``plaudit judges
        import-apex``, a name in the judges folder, or a hub id.
    device : {"auto", "cpu", "cuda", "mps"}
        Where the encoder runs; "auto" takes a GPU if there is one.
    precision : {"exact", "fast"}
        "exact" is float32; "fast" is bfloat16 where the encoder offers it
        (``judge.precision`` says what is in use).

    Returns
    -------
    Judge
        Ready to score, offline.

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
    parts = load_folder(find_judge(os.fspath(name)), device=device, precision=precision)
    return Judge(parts.card, parts.network, parts.encoder)
