"""``plaudit train``: settings read, a judge trained, its measures shown and its curves drawn."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from plaudit.benchmarks.votes.songs import read_votes
from plaudit.core.errors import MissingFileError
from plaudit.core.parse import parse_json, read_text
from plaudit.jobs.output.streams import Streams
from plaudit.training.settings import TrainSettings, read_values, with_preset

if TYPE_CHECKING:
    from plaudit.training.battles import Votes
    from plaudit.training.result import RunResult

_CURVES = "curves.png"


def train_judge(config: Path, out: Path | None, streams: Streams) -> "RunResult":
    """Train a judge as a file of settings says, or go on with it.

    Raises
    ------
    PlauditError
        A setting is wrong, data cannot be read, or the folder holds another run.
    """
    settings = _settings(config, out, streams)
    # The heavy import, after everything that can be wrong with the settings was checked.
    from plaudit.reports.training.curve import draw_curves
    from plaudit.reports.training.run_table import result_text
    from plaudit.training.run import is_main, train

    result = train(
        settings, lambda line: streams.show(line) if is_main() else None, votes=_votes(settings)
    )
    if is_main():
        streams.show(result_text(result))
        draw_curves(_read_log(settings.out), settings.out / _CURVES)
        streams.show(f"Wrote {settings.out / _CURVES}")
        if settings.encoder is None:
            streams.show("No judge was written, as the settings name no encoder.")
        else:
            streams.show(f"Next: plaudit score SONGS --judge {settings.out / 'judge'}")
    return result


def _settings(config: Path, out: Path | None, streams: Streams) -> TrainSettings:
    """Read the settings; with a table ``lora``, tune the encoder first."""
    values = read_values(config)
    if out is not None:
        values["out"] = str(out)
    if "lora" not in values:
        return with_preset(values, str(config))
    from plaudit.training.lora.tuning_run import adapt

    return adapt(values, str(config), streams.show)


def _votes(settings: TrainSettings) -> "Votes | None":
    """Read the votes of a run that learns from battles."""
    if settings.battles is None:
        return None
    from plaudit.training.battles import Votes

    read = read_votes(settings.battles)
    battles = read.battles
    return Votes(
        battles.first, battles.second, battles.outcome,
        battles.column("prompt").tolist(), read.source.sha256,
    )  # fmt: skip


def _read_log(folder: Path) -> list[dict[str, Any]]:
    """Return a record per epoch and member from the log of a run."""
    from plaudit.training.run_folder import LOG

    log = folder / LOG
    if not log.is_file():
        raise MissingFileError(f"Expected the log of a run at {log}; `plaudit train` writes it.")
    lines = read_text(log).split("\n")
    return [parse_json(line, finite=False) for line in lines if line]
