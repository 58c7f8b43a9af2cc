"""Choices that the command line, the judge and the encoders share, each defined once.

No imports but typing: the command line reads this before anything heavy is loaded.
"""

from typing import Literal, get_args

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["exact", "fast"]
RowFormat = Literal["table", "json", "jsonl", "csv"]
ResultForm = Literal["table", "json"]
TextForm = Literal["text", "json"]
BoardForm = Literal["table", "json", "html"]
HistoryForm = Literal["table", "json", "html", "svg"]
PreferenceKind = Literal["logistic", "svm", "trees", "net"]
Calibration = Literal["none", "temperature", "isotonic"]

DEVICES: tuple[str, ...] = get_args(Device)
PRECISIONS: tuple[str, ...] = get_args(Precision)
ROW_FORMATS: tuple[str, ...] = get_args(RowFormat)
PREFERENCE_KINDS: tuple[str, ...] = get_args(PreferenceKind)
CALIBRATIONS: tuple[str, ...] = get_args(Calibration)
