"""The tables of a corpus: their columns, each with its meaning, and writers of little memory.

The meaning of a column stands in the Parquet file itself, as metadata of the field
(``pyarrow.parquet.read_schema(path).field("bpm").metadata``).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from plaudit.core.axes import AESTHETICS
from plaudit.core.file import atomic
from plaudit.synth.corpus.planned_song import Row, Rows
from plaudit.synth.music.knob import FAULTS
from plaudit.synth.public.charm import Traits

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH = 20_000  # rows in a row group


class Column(NamedTuple):
    """A column: its name, its type (text, int, float, bool or ints), and its meaning."""

    name: str
    kind: str
    meaning: str


def _c(text: str) -> tuple[Column, ...]:
    """Read columns from lines of ``name kind: meaning``."""
    columns = []
    for line in text.strip().splitlines():
        head, meaning = line.strip().split(": ", 1)
        name, kind = head.split()
        columns.append(Column(name, kind, meaning))
    return tuple(columns)


_SONG = "song_id text: Id of the song, as in songs.parquet."
_SONGS = (
    *_c("""
        song_id text: Id; s for training songs, h for answers to prompts, f for falsification.
        role text: Role of its system: training, held-out or falsification.
        system text: Generator that made it, as in systems.parquet.
        platform text: Where it was published; null unless of a training system.
        prompt_id text: Prompt that it answers; null for training songs.
        file text: Audio file, relative to the folder.
        sha256 text: SHA-256 of the audio file.
        bytes int: Size of the audio file.
        seed int: Seed of the song itself.
        title text: A generated name.
        style text: Style.
        metre text: Metre, such as 6/8.
        tonic int: Pitch class of the key, 0-11, C is 0.
        mode text: Mode, such as major or dorian.
        key text: The key in words.
        bpm float: Beats per minute at the start; a beat of 6/8 is a dotted quarter.
        duration_s float: Length in seconds.
        loudness_lufs float: Integrated loudness, measured before encoding.
        peak float: Highest absolute sample before encoding, 1 is full scale.
        voice text: Kind of singer; null where nobody sings.
        instrumental bool: Nobody sings.
        """),
    *(
        Column(f"knob_{axis}", "float", f"Position of the knob of {axis}, 0 worst, 1 flawless.")
        for axis in AESTHETICS
    ),
    *(Column(f"dose_{f.name}", "float", f"0-1, {f.axis}: {f.meaning}") for f in FAULTS),
    *(
        Column(f"expected_{axis}", "float", f"What {axis} is worth, 1-5, before any rater's noise.")
        for axis in AESTHETICS
    ),
    *(
        Column(f"rating_{axis}", "float", f"Mean of the raters' points for {axis}, 1-5.")
        for axis in AESTHETICS
    ),
    Column("charm", "float", "What is liked without being well made; mean 0, spread 1."),
    *(
        Column(f"trait_{field.name}", "float", "Part of charm, see plaudit.synth.public.charm.")
        for field in fields(Traits)
        if field.name != "mode"
    ),
    *_c("""
        age_days int: Days since publication; null unless of a training system, as are all below.
        exposure int: Times shown to somebody.
        plays int: Plays.
        likes int: Likes.
        streams_score float: Percentile of plays on its platform, 0-100.
        likes_score float: Percentile of likes on its platform, 0-100.
        """),
)
_BATTLES = _c("""
    battle_id text: Id of the vote.
    prompt_id text: Prompt that both songs answer.
    first text: Song played first.
    second text: Song played second.
    first_system text: Who made the first.
    second_system text: Who made the second.
    voter text: Who voted, as in voters.parquet.
    outcome text: first, second, tie, or neither (both bad).
    listen_first_s float: Seconds listened to the first.
    listen_second_s float: Seconds listened to the second.
    day int: Day of the vote, 0-183.
    instrumental bool: Nobody sings in either.
    gap_aesthetics float: First minus second, standardised: what the knobs say.
    gap_appeal float: First minus second, standardised: what charm says.
    gap_system float: First minus second, standardised: what the systems' names say.
    """)

TABLES: dict[str, tuple[Column, ...]] = {
    "songs": _SONGS,
    "ratings": _c(f"""
        {_SONG}
        rater text: One of the simulated raters.
        axis text: Aesthetic axis.
        rating int: Whole points, 1-5; naturalness of instrumentals is not rated.
        """),
    "sections": _c(f"""
        {_SONG}
        index int: Place in the song, from 0.
        name text: intro, verse, chorus, bridge or outro.
        start_s float: Start in seconds.
        end_s float: End in seconds.
        start_bar int: First bar, from 0.
        bars int: Length in bars.
        tonic int: Pitch class, 0-11, of the key that most of its bars are in.
        key text: That key in words.
        intensity float: How full the band plays, 0-1.
        """),
    "chords": _c(f"""
        {_SONG}
        index int: Place in the song, from 0.
        start_s float: Start in seconds.
        end_s float: End in seconds.
        symbol text: As on a lead sheet, such as Am7.
        numeral text: Function in the key, such as ii7.
        degree int: Step of the scale, 1-7.
        root int: Pitch class of the root, 0-11.
        pitch_classes ints: Pitch classes of all notes, root first.
        """),
    "beats": _c(f"""
        {_SONG}
        index int: Place in the song, from 0.
        time_s float: Time in seconds.
        bar int: Bar, from 0.
        beat int: Beat in the bar; 0 is the downbeat.
        """),
    "parts": _c(f"""
        {_SONG}
        part text: Name; a slash and a number mark players of a foreign band.
        role text: drums, bass, chords, pad or lead.
        instrument text: Instrument, or kit of drums.
        pan float: -1 left to 1 right.
        level_db float: Loudness against the voice, before the system's own balance.
        notes int: How many notes it plays.
        """),
    "prompts": _c("""
        prompt_id text: Id; p for battles, q for falsification.
        text text: What the listener asked for.
        style text: Style asked for.
        mood text: Mood asked for.
        tempo text: slow, medium or fast: a third of the style's tempi.
        instruments text: Instruments asked for, with commas between.
        instrumental bool: Whether nobody is to sing.
        """),
    "systems": (
        *_c("""
            system text: Name of a made-up generator.
            role text: training, held-out or falsification.
            summary text: What one notices about it.
            fame float: What its name alone is worth to listeners; spread 1 over the eleven.
            """),
        *(
            Column(f"tilt_{axis}", "float", f"Lean of its knob of {axis}, -1 to 1.")
            for axis in AESTHETICS
        ),
    ),
    "voters": _c("""
        voter text: Name.
        careless bool: Answers without listening.
        position_bias float: Positive favours the song played first.
        votes int: Votes in battles.parquet and falsification.parquet.
        """),
    "battles": _BATTLES,
    "falsification": _BATTLES,
}
OF_A_SONG: tuple[str, ...] = ("songs", "ratings", "sections", "chords", "beats", "parts")


def schema_of(table: str) -> "pa.Schema":
    """Return the Arrow schema of a table, meanings as metadata of the fields."""
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "ints": pa.list_(pa.int64()),
    }
    return pa.schema(
        [
            pa.field(column.name, kinds[column.kind], metadata={"description": column.meaning})
            for column in TABLES[table]
        ]
    )


class _TableWriter:
    """Writes one table of `TABLES` in row groups of `_BATCH`; made by `_writing`."""

    def __init__(self, file: Any, table: str) -> None:
        import pyarrow.parquet as pq

        self._schema = schema_of(table)
        self._names = self._schema.names
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._rows: list[Row] = []
        self.n_rows = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Add rows, in order; a row lacks no column and has no other."""
        self._rows += rows
        if len(self._rows) >= _BATCH:
            self._flush()

    def close(self) -> None:
        """Write what is left and the end of the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            columns = {name: [row[name] for row in self._rows] for name in self._names}
            self._writer.write_table(pa.table(columns, schema=self._schema))
            self.n_rows += len(self._rows)
            self._rows = []


@contextmanager
def _writing(folder: Path, tables: Sequence[str]) -> Iterator[dict[str, _TableWriter]]:
    """Open writers of several tables; each file takes its name when all are whole."""
    with ExitStack() as stack:
        writers = {}
        for table in tables:
            file = stack.enter_context(atomic(folder / f"{table}.parquet"))
            writers[table] = _TableWriter(file, table)
        yield writers
        for writer in writers.values():
            writer.close()


def write_table(folder: Path, table: str, rows: Iterable[Row]) -> int:
    """Write a whole table and return how many rows it has."""
    with _writing(folder, [table]) as writers:
        for row in rows:
            writers[table].add([row])
    return writers[table].n_rows


def write_song_tables(folder: Path, songs: Iterable[Rows]) -> None:
    """Write the six tables about songs from the rows of each (see `corpus.planned_song`)."""
    with _writing(folder, OF_A_SONG) as writers:
        for rows in songs:
            for table, writer in writers.items():
                writer.add(rows[table])
