"""Choices of the command line that other areas read too, each defined once.

No imports but typing: the command line reads this before anything heavy is loaded.
"""

from typing import Literal, get_args

Precision = Literal["exact", "fast"]
RowFormat = Literal["table", "json", "jsonl", "csv"]
ResultForm = Literal["table", "json"]
LogForm = Literal["plain", "json"]
TextForm = Literal["text", "json"]
SettingsForm = Literal["text", "json", "markdown"]
CiteForm = Literal["text", "bibtex"]
ExportForm = Literal["onnx"]
SpeedForm = Literal["table", "json", "markdown"]
BoardForm = Literal["table", "json", "html"]
HistoryForm = Literal["table", "json", "html", "svg"]
VoteForm = Literal["plaudit", "music-arena", "music-arena-log", "publication"]
PreferenceKind = Literal["logistic", "svm", "trees", "net"]
Calibration = Literal["none", "temperature", "isotonic"]
Tail = Literal["pad", "drop"]
TargetSource = Literal["ratings", "expected"]
TiePolicy = Literal["half", "drop", "toolkit"]

EvaluationSplit = Literal["train", "validation", "test", "all"]
EvaluationCluster = Literal["song", "prompt_id", "artist", "system"]

StandingsMethod = Literal["davidson", "music-arena", "elo"]
StandingsCluster = Literal["auto", "voter", "prompt", "both", "battle"]
EloOrder = Literal["shuffled", "file"]
VocalFilter = Literal["all", "instrumental", "vocal"]

ListeningKind = Literal["battle", "rating", "mushra", "rank"]

StudyTies = Literal["half", "drop"]
StudyCluster = Literal["prompt", "voter", "battle"]
StudyVariant = Literal["none", "published-notebook"]

DEVICES = ("auto", "cpu", "cuda", "mps")
Device = str
"""One of `DEVICES`, or one of several GPUs, such as ``cuda:1``."""
PRECISIONS: tuple[str, ...] = get_args(Precision)
ROW_FORMATS: tuple[RowFormat, ...] = get_args(RowFormat)
BOARD_FORMS: tuple[BoardForm, ...] = get_args(BoardForm)
HISTORY_FORMS: tuple[HistoryForm, ...] = get_args(HistoryForm)
PREFERENCE_KINDS: tuple[str, ...] = get_args(PreferenceKind)
CALIBRATIONS: tuple[str, ...] = get_args(Calibration)
TIE_POLICIES: tuple[str, ...] = get_args(TiePolicy)


def is_device(name: str) -> bool:
    """Return whether a word names a device, here or elsewhere."""
    kind, _, number = name.partition(":")
    return name in DEVICES or (kind == "cuda" and number.isdecimal())
