"""``import-apex``: published weights into a judge folder that works offline."""

from collections.abc import Mapping
from pathlib import Path

from plaudit.core.errors import InputError
from plaudit.core.file import expanded
from plaudit.encoders.mert import load_mert
from plaudit.encoders.weights import digest
from plaudit.model.card import Card, Origin
from plaudit.model.checkpoint import read_checkpoint
from plaudit.model.folder import check_judge_folder, model_tensors, write_folder


def import_apex(
    mert: str, checkpoint: str, out: Path, origins: Mapping[str, Origin] | None = None
) -> Card:
    """Make a judge folder from MERT weights and an APEX checkpoint; the card keeps ``origins``.

    Raises
    ------
    WeightsError
        A tensor of either is missing, left over, of a wrong shape or not finite.
    InputError
        The target holds something else.
    """
    sources = [expanded(mert), expanded(checkpoint)]
    if out.resolve() in [path.resolve() for path in sources]:
        raise InputError(f"{out} is where the weights come from; give another folder.")
    check_judge_folder(out, sources)
    encoder = load_mert(mert, device="cpu")
    published = read_checkpoint(checkpoint, encoder.spec.dim)
    if published.layers != encoder.spec.layers:
        encoder = load_mert(mert, layers=published.layers, device="cpu")
    axes = published.recipe.heads.axes
    facts = ", ".join(f"{key} {value}" for key, value in published.facts.items())
    card = Card(
        name="apex",
        version="1",
        summary=(
            f"APEX as published: {encoder.spec.name} and trained heads"
            f" ({len(axes)} scores; {facts or 'nothing said of its training'})."
        ),
        encoder=encoder.spec,
        recipe=published.recipe,
        weights_hash=digest(model_tensors(published.network)),
        training_data=(
            "As stated by its authors: 211k songs of two platforms of AI-generated music, with"
            " plays and likes as percentiles and SongEval scores. Not checked by Plaudit."
        ),
        licence=(
            f"Encoder weights {encoder.spec.licence} (no commercial use); heads Apache-2.0 as"
            " stated by their authors. The aesthetic scores it learned from come from the SongEval"
            " head, which states both CC-BY-NC-SA and Apache-2.0."
        ),
        origins=dict(origins or {}),
        citation="APEX, arXiv 2605.03395; MERT, arXiv 2306.00107; SongEval, arXiv 2505.10793",
        intended_uses=("Comparing AI-generated songs in research.",),
        forbidden_uses=(
            "Commercial use, without a licence from the owners of the encoder weights.",
            "Deciding about people: pay, removal or promotion without a human look.",
            "Reading the scores as what listeners prefer: in the authors' own arena data, zero-shot"
            " scores in the natural direction did not predict preference (AUC below .5).",
        ),
        limits=(
            "No interval: the published system states none, so low and high are empty.",
            "The layer mix was drawn at random and never trained.",
            "Padding of the last 30 s segment counts like music, as published.",
            "A constant under the samples, which nobody hears, moves scores, as published.",
            "A silent file is refused, because the judge never learned what silence is.",
            *encoder.assumed,
        ),
    )
    write_folder(out, card, published.network, encoder)
    return card
