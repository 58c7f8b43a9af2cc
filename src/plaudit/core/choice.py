"""Choices of the command line that other areas read too, each defined once.

No imports but typing: the command line reads this before anything heavy is loaded.
"""

from typing import Literal, get_args

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["exact", "fast"]
RowFormat = Literal["table", "json", "jsonl", "csv"]
ResultForm = Literal["table", "json"]
TextForm = Literal["text", "json"]
ExportForm = Literal["onnx"]
SpeedForm = Literal["table", "json", "markdown"]
BoardForm = Literal["table", "json", "html"]
HistoryForm = Literal["table", "json", "html", "svg"]
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

StudyTies = Literal["half", "drop"]
StudyCluster = Literal["prompt", "voter", "battle"]
StudyVariant = Literal["none", "published-notebook"]

DEVICES: tuple[str, ...] = get_args(Device)
PRECISIONS: tuple[str, ...] = get_args(Precision)
ROW_FORMATS: tuple[RowFormat, ...] = get_args(RowFormat)
BOARD_FORMS: tuple[BoardForm, ...] = get_args(BoardForm)
HISTORY_FORMS: tuple[HistoryForm, ...] = get_args(HistoryForm)
PREFERENCE_KINDS: tuple[str, ...] = get_args(PreferenceKind)
CALIBRATIONS: tuple[str, ...] = get_args(Calibration)
TIE_POLICIES: tuple[str, ...] = get_args(TiePolicy)
