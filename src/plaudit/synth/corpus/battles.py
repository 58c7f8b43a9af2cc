"""The battles of a corpus: listeners vote on pairs of its songs, from the rows of its tables."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from plaudit.core.axes import AESTHETICS
from plaudit.synth.corpus.plan import BATTLES, FALSIFICATION_BATTLES, VOTERS, CorpusSettings
from plaudit.synth.corpus.planned_song import Row
from plaudit.synth.public.audience import SongTruth
from plaudit.synth.public.battle import Battle, Contender, hold_battles
from plaudit.synth.public.charm import Traits
from plaudit.synth.public.listener import Voter, draw_voters
from plaudit.synth.system import SYSTEMS


def contender_of(row: Row) -> Contender:
    """Return the contender in battles that a row of the songs table describes."""
    names = [field.name for field in fields(Traits)]
    traits = Traits(**{n: row["mode"] if n == "mode" else row[f"trait_{n}"] for n in names})
    knobs = {axis: row[f"knob_{axis}"] for axis in AESTHETICS}
    truth = SongTruth(
        {axis: knob for axis, knob in knobs.items() if knob is not None},
        row["style"],
        row["bpm"],
        instrumental=row["instrumental"],
        traits=traits,
    )
    fame = SYSTEMS[row["system"]].fame
    return Contender(
        row["song_id"], row["system"], row["prompt_id"], fame, truth, row["duration_s"]
    )


@dataclass
class Contest:
    """Takes the songs of a corpus as they come, then lets its listeners vote."""

    settings: CorpusSettings  #: The corpus.

    def __post_init__(self) -> None:
        self._contenders: dict[str, list[Contender]] = {"h": [], "f": []}

    def add(self, row: Row) -> None:
        """Take a song by its row of the songs table; training songs are in no battle."""
        letter = row["song_id"][0]
        if letter in self._contenders:
            self._contenders[letter].append(contender_of(row))

    def hold(self) -> tuple[list[Row], list[Row], list[Row]]:
        """Let listeners vote."""
        settings = self.settings
        voters = draw_voters(
            settings.draw(VOTERS),
            settings.voters,
            careless=settings.careless,
            position_bias=settings.position_bias,
        )
        battles = self._votes("h", settings.battles, voters, BATTLES, "b")
        twelfth = self._votes("f", settings.twelfth, voters, FALSIFICATION_BATTLES, "fb")
        counts = Counter(battle.voter for battle in (*battles, *twelfth))
        return _rows(battles), _rows(twelfth), [_voter(voter, counts) for voter in voters]

    def _votes(
        self, letter: str, votes: int, voters: Sequence[Voter], what: int, prefix: str
    ) -> tuple[Battle, ...]:
        if not votes:
            return ()
        settings = self.settings
        return hold_battles(
            self._contenders[letter],
            votes,
            voters,
            settings.taste(),
            settings.draw(what),
            noise=settings.noise,
            prefix=prefix,
        )


def _rows(battles: Iterable[Battle]) -> list[Row]:
    return [asdict(battle) | {"outcome": battle.outcome.value} for battle in battles]


def _voter(voter: Voter, counts: Counter[str]) -> Row:
    return {
        "voter": voter.voter,
        "careless": voter.careless,
        "position_bias": voter.position_bias,
        "votes": counts[voter.voter],
    }
