"""The list of songs that taught a judge, found in its folder."""

from pathlib import Path

from plaudit.benchmarks.scores.contamination import TrainingList
from plaudit.core.errors import PlauditError
from plaudit.core.settings import read_json
from plaudit.judging.catalogue import find_judge, list_judges
from plaudit.model.card import Card
from plaudit.model.published.card import PublishedCard
from plaudit.model.training_songs import SONGS, read_taught


def list_of_folder(folder: Path, card: Card | PublishedCard) -> TrainingList:
    """Return the list in a judge's folder; one that its card does not state is an error."""
    from plaudit.training.bundled.training_record import RECORD, TrainingRecord

    who = f"{card.name} {card.version}"
    if isinstance(card, PublishedCard):
        return TrainingList(reason=f"the authors of {who} published no list of its training songs")
    if card.songs is not None:
        if not (folder / SONGS).is_file():
            return TrainingList(reason=f"{SONGS}, which the card of {who} states, is not there")
        return TrainingList(read_taught(folder / SONGS, card.songs), "compared")
    path = folder / RECORD
    if not path.is_file():
        return TrainingList(reason=f"{who} keeps no list of its training songs")
    made = read_json(TrainingRecord, path.read_text(encoding="utf-8"), str(path)).settings
    reason = (
        f"{who} learned from {made.train + made.validation:,} recordings that were composed for it"
        " and not kept; songs of the same composers are the most familiar to it"
    )
    return TrainingList(None, "composed", reason)


def list_of_judge(judge_hash: str, *names: str) -> TrainingList:
    """Return the list of the judge with a hash, looked for under names and all judges here."""
    from plaudit.model.published.folder import hash_of, read_any_card

    folders = [listed.folder for listed in list_judges() if listed.card is not None]
    for name in names:
        try:
            folders.insert(0, find_judge(name))
        except PlauditError:
            continue  # scores may come from a judge that is not here
    for folder in folders:
        card = read_any_card(folder)
        if hash_of(card) == judge_hash:
            return list_of_folder(folder, card)
    return TrainingList()
