"""A judge of ours as a contestant, on the path of ``plaudit score``."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from plaudit.benchmarks.scores.training_list import list_of_folder
from plaudit.benchmarks.suites.contestant import ItemPredictions, Scores, Sound, by_path
from plaudit.benchmarks.suites.dose import aesthetic_axes
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.judging.catalogue import find_judge
from plaudit.judging.given import Given, check_some
from plaudit.judging.panel import needed, usable


class OurJudge:
    """A judge by name, folder or hub id."""

    def __init__(self, name: str, device: str = "auto") -> None:
        from plaudit.judging.load import load_judge
        from plaudit.model.published.folder import read_any_card

        self.name = name
        folder = find_judge(name)
        self.training = list_of_folder(folder, read_any_card(folder))
        self._judge = load_judge(name, device=device)
        identity = self._judge.id
        self.info = Contender(
            kind="judge",
            name=identity.name,
            version=identity.version,
            hash=identity.hash,
            card=self._judge.card.model_dump(mode="json"),
        )

    def predict(self, items: Mapping[str, Item], losses: Losses) -> ItemPredictions:
        """Score the items that have audio; each file once, or once for each prompt it answers.

        A judge that can use prompt, lyrics or a reference is given those of the item.
        """
        from plaudit.judging.record import SongFailure

        asked: dict[tuple[Path, Given], list[Item]] = {}
        for path, own in by_path(items, losses).items():
            for item in own:
                asked.setdefault((path, self._given(item)), []).append(item)
        predictions = ItemPredictions()
        paths, given = [path for path, _ in asked], [given for _, given in asked]
        if given:
            way = "no item of this suite has any, so choose another judge"
            check_some(self.name, needed(self._judge), given, way=way)
        rows = self._judge.stream(paths, given=given, timeline=False)
        for ((path, _), own), row in zip(asked.items(), rows, strict=True):
            if isinstance(row, SongFailure):
                losses.lose(f"not judged: {row.error.type}", str(path))
                continue
            scores = {axis: row.scores[axis].value for axis in row.scores}
            for item in own:
                predictions.scores[item.id] = scores
                predictions.duration_s[item.id] = row.duration_s
                predictions.sha256[item.id] = row.sha256
        return predictions

    def _given(self, item: Item) -> Given:
        """Return the conditions of an item that the judge can use."""
        own = Given(prompt=item.text or None, lyrics=item.lyrics or None, reference=item.reference)
        return own.only(usable(self._judge))

    def require_aesthetics(self) -> str:
        """Return the name to load the judge by; without aesthetic axes it is an `InputError`."""
        aesthetic_axes(self._judge.axes, self.name)
        return self.name

    def score_sounds(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:
        """Score sounds one by one."""
        rows = [self._judge.score(sound, rate, timeline=False) for sound, rate in sounds]
        return [{axis: row.scores[axis].value for axis in row.scores} for row in rows]
