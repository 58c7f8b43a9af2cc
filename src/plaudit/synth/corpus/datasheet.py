"""The card of a corpus: contents, origin, how to read it, and its limits."""

from collections.abc import Mapping

from plaudit.synth.corpus.columns import TABLES
from plaudit.synth.corpus.plan import CorpusSettings
from plaudit.synth.corpus.provenance import Beginning
from plaudit.synth.system import HELD_OUT, TRAINING, TWELFTH

_ABOUT = {
    "songs": "one row a song: file, seed, style, key, tempo, knobs, faults, ratings, popularity",
    "ratings": "one row for each point that a simulated rater gave",
    "sections": "the form of each song",
    "chords": "its harmony",
    "beats": "its beats",
    "parts": "its players",
    "prompts": "what the held-out systems were asked for",
    "systems": "the made-up generators",
    "voters": "the simulated listeners",
    "battles": "votes on pairs of songs for one prompt, by held-out systems",
    "falsification": "votes on the twelfth system against the eleven",
}


def card_text(beginning: Beginning, counts: Mapping[str, int]) -> str:
    """Return the card of a corpus as Markdown."""
    settings, maker = beginning.settings, beginning.maker
    seconds = settings.seconds
    length = f"{seconds[0]:g} s" if seconds[0] == seconds[1] else f"{seconds[0]:g}-{seconds[1]:g} s"
    minutes = settings.n_songs * sum(seconds) / 2 / 60
    long = f"{minutes / 60:.1f} hours" if minutes > 100 else f"{minutes:.0f} minutes"
    apart = 2 * settings.twelfth
    answers = settings.n_songs - settings.songs - apart
    tables = "\n".join(f"| `{name}.parquet` | {_ABOUT[name]} |" for name in TABLES)
    rows = "\n".join(f"| {name} | {_value(getattr(settings, name))} |" for name in _fields())
    libraries = ", ".join(f"{name} {number}" for name, number in maker.libraries.items())
    return f"""# A composed corpus with known truth

{settings.n_songs} songs of {length} ({long}), composed and played by Plaudit, with
everything that is true of them, what simulated people said of them, and {settings.battles}
simulated battles on {counts["prompts"]} prompts.

**Nobody was asked and nothing was recorded.** Composers, singers, raters, listeners, platforms and
generators in this folder are programs with made-up settings. It is for testing judges, studies and
code against a known answer. No number in it says anything about people, real songs or real
generators.

## What is in it

| role | songs | systems |
|---|---|---|
| training (`s`): rated, played, liked | {settings.songs} | {", ".join(TRAINING)} |
| held-out (`h`): answers to prompts, in battles | {answers} | {", ".join(HELD_OUT)} |
| falsification (`f`): answers to prompts of their own | {apart} | {TWELFTH} and one of the eleven |

| file | what it holds |
|---|---|
| `audio/` | {_audio(settings)}, a folder for each thousand |
{tables}
| `manifest.json` | settings, versions, and the SHA-256 of every file |
| `contact.png`, `summary.html` | pictures to look at first |

Each column says in the Parquet file what it means:
`pyarrow.parquet.read_schema("songs.parquet").field("bpm").metadata`. Undefined is null: nobody
sings in an instrumental, so its naturalness is not defined; only training songs were published.

## How it was made

Plaudit {maker.plaudit} (code {maker.code}; {libraries}):

| setting | value |
|---|---|
{rows}

Each song comes from a seed of its own, so song number `i` of a role is the same in a larger corpus
of the same seed. `plaudit synth corpus` with these settings and versions gives these bytes again.

## Known limits

- Styles lean on familiar popular music and are simpler; words are syllables without meaning.
- An axis is bad in the few ways that the catalogue of faults knows, drawn evenly: real songs fail
  in other ways and mostly succeed.
- Ratings and votes follow formulas; the shares of taste are settings, not findings.
- Knobs are even on [0, 1] over each group of systems, so half of all songs are worse than anybody
  would publish.

## Licence and citation

Apache-2.0, as Plaudit itself; no recording, sample or text of others is in it. Cite Plaudit (see
`CITATION.cff` in its repository) with the version, the code and the settings above.
"""


def _fields() -> list[str]:
    return list(CorpusSettings.model_fields)


def _value(value: object) -> str:
    # Lengths are a pair, mostly of equals.
    return " to ".join(dict.fromkeys(map(str, value))) if isinstance(value, tuple) else str(value)


def _audio(settings: CorpusSettings) -> str:
    if settings.audio == "flac":
        return "FLAC, 44.1 kHz, stereo, 16 bit with triangular dither"
    return "Opus in Ogg, 48 kHz, stereo, 128 kbit/s"
