"""A judge of ours as a contestant, on the path of ``plaudit score``."""

from collections.abc import Mapping, Sequence

from plaudit.benchmarks.scores.training_list import list_of_folder
from plaudit.benchmarks.suites.contestant import ItemPredictions, Scores, Sound, by_path
from plaudit.benchmarks.suites.dose import aesthetic_axes
from plaudit.benchmarks.suites.promise import Item, Losses
from plaudit.benchmarks.suites.record import Contender
from plaudit.judging.catalogue import find_judge


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
        """Score the items that have audio; each file once."""
        from plaudit.judging.record import SongFailure

        files = by_path(items, losses)
        predictions = ItemPredictions()
        rows = self._judge.stream(list(files), timeline=False)
        for (path, own), row in zip(files.items(), rows, strict=True):
            if isinstance(row, SongFailure):
                losses.lose(f"not judged: {row.error.type}", str(path))
                continue
            scores = {axis: row.scores[axis].value for axis in row.scores}
            for item in own:
                predictions.scores[item.id] = scores
                predictions.duration_s[item.id] = row.duration_s
                predictions.sha256[item.id] = row.sha256
        return predictions

    def require_aesthetics(self) -> str:
        """Return the name to load the judge by; without aesthetic axes it is an `InputError`."""
        aesthetic_axes(self._judge.axes, self.name)
        return self.name

    def score_sounds(self, sounds: Sequence[tuple[Sound, int]]) -> list[Scores]:
        """Score sounds one by one."""
        rows = [self._judge.score(sound, rate, timeline=False) for sound, rate in sounds]
        return [{axis: row.scores[axis].value for axis in row.scores} for row in rows]
