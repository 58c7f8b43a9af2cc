"""``plaudit judges export``: a judge as an ONNX file, which needs neither torch nor Plaudit."""

from pathlib import Path

from plaudit.core.axes import AXIS
from plaudit.core.folder import check_folder, whole_folder
from plaudit.jobs.output.streams import Streams
from plaudit.judging.catalogue import find_judge
from plaudit.judging.ensemble import ENSEMBLE
from plaudit.model import export
from plaudit.model.card import Card, Prior, Recipe
from plaudit.model.export.graph import OPSET, ExportError, check_packages, compare, write_graph
from plaudit.model.export.plan import Plan, plan_of
from plaudit.model.export.record import Check, ExportRecord
from plaudit.model.folder import judge_hash, load_folder
from plaudit.model.published.card import AxisRecord, PublishedCard
from plaudit.model.published.folder import read_any_card
from plaudit.reports.look.judge_card import card_text

MODEL, RECORD, README, SCRIPT = "model.onnx", "judge.json", "README.md", "score.py"
_EXAMPLE = Path(export.__file__).with_name("example.py")
_FROM_SONG = f"""
`{SCRIPT}` is the whole procedure in NumPy: copy from it. {{record.last_segment}}
"""
_LAYER_MEANS = """
Plaudit makes `song.npz`:

```python
import numpy as np
import plaudit.model.pooling

song = plaudit.load_judge("{record.name}").encode("song.mp3")
seconds = [part.end_s - part.start_s for part in song.segments]
music = [part.music_s for part in song.segments]
weights = plaudit.model.pooling.segment_weights("{record.weights}", seconds, music).numpy()
np.savez("song.npz", layer_means=song.layer_means, weights=weights)
```
"""


def export_judge(name: str, out: Path, streams: Streams) -> ExportRecord:
    """Write the ONNX folder of a judge given by name, folder or hub id, and return its record.

    Raises
    ------
    MissingPackageError
        A package that an export needs is not installed.
    ExportError
        The judge has no such file, or the file scores otherwise than the judge.
    OutputError
        The folder holds something else.
    """
    judge = find_judge(name)
    names = (MODEL, f"{MODEL}.data", RECORD, README, SCRIPT)
    check_folder(out, names, (RECORD, b'"opset"'), "an exported judge", [judge])
    card = read_any_card(judge)
    if isinstance(card, PublishedCard):
        raise ExportError(_refusal(card))
    check_packages()
    plan = plan_of(load_folder(judge, device="cpu"))
    with whole_folder(out) as new:
        write_graph(plan, new / MODEL)
        axes = tuple(
            AxisRecord(name=axis.name, meaning=axis.meaning, low=axis.low, high=axis.high)
            for axis in map(AXIS.__getitem__, card.score_names)
        )
        record = _record(card, plan, axes, compare(plan, new / MODEL, axes))
        (new / RECORD).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
        (new / README).write_text(_readme(record), encoding="utf-8")
        (new / SCRIPT).write_bytes(_EXAMPLE.read_bytes())
    streams.show(
        f"Wrote {out}: {MODEL} holds {record.holds}\n"
        + "".join(f"Not in the file: {sentence}\n" for sentence in record.lacks)
        + f"Scores differ from torch by {record.check.share_of_axis:.1g} of the range of an axis at"
        f" most, over {len(record.check.songs)} inputs.\n"
        f"Next: {out / README}"
    )
    return record


def _refusal(card: PublishedCard) -> str:
    if card.procedure == ENSEMBLE:
        return f"'{card.name}' is an ensemble; export each of its judges: {', '.join(card.parts)}."
    given = f", together with {' and '.join(card.needs)}" if card.needs else ""
    return (
        f"Judge '{card.name}' cannot be exported: it hears {card.hearing}{given}, which the export"
        " does not cover; score with it in Plaudit."
    )


def _record(card: Card, plan: Plan, axes: tuple[AxisRecord, ...], check: Check) -> ExportRecord:
    recipe, rate = card.recipe, card.encoder.sample_rate
    rule = recipe.segment
    dropped = f" one shorter than {rule.min_tail_s:g} s is left out, unless it is the only one;"
    return ExportRecord(
        name=card.name,
        version=card.version,
        judge_hash=judge_hash(card),
        holds=plan.holds,
        lacks=plan.lacks,
        opset=OPSET,
        sample_rate=rate,
        segment=rule,
        n_samples=max(1, round(rule.length_s * rate)),
        last_segment=(
            f"Of the last segment:{dropped if rule.tail == 'drop' else ''} it is filled up with"
            " zeros to the length of the others."
        ),
        weights=_weights(recipe),
        axes=axes,
        inputs=plan.inputs,
        outputs=plan.outputs,
        interval=card.interval,
        check=check,
        licence=f"{card.licence.rstrip('.')}; encoder {card.encoder.name}: {card.encoder.licence}",
        card=card_text(card),
    )


def _weights(recipe: Recipe) -> Prior:
    """Return the rule by which segments count, before whatever the network learned."""
    match recipe.pooling:
        case "attention":
            return recipe.prior
        case "attended" | "statistics":
            return "mean"
        case pooling:
            return pooling


def _readme(record: ExportRecord) -> str:
    """Return the README of the folder, for a reader without Plaudit."""
    ports = "\n".join(
        f"| {kind} | `{port.name}` | {port.dtype} | ({', '.join(map(str, port.shape))}) |"
        f" {port.meaning} |"
        for kind, own in (("input", record.inputs), ("output", record.outputs))
        for port in own
    )
    axes = ", ".join(f"{axis.name} ({axis.scale})" for axis in record.axes)
    lacks = "\n".join(f"- {sentence}" for sentence in record.lacks)
    takes_samples = record.inputs[0].name == "segments"
    return f"""# {record.name} {record.version}, as ONNX

`{MODEL}` (opset {record.opset}) holds {record.holds}
`{RECORD}` has all facts and the card of the judge: read there what it must not be used for.
Licence: {record.licence}.

Not in the file:

{lacks}

| | name | type | shape | meaning |
|---|---|---|---|---|
{ports}

Scores: {axes}.

## Run it

```bash
pip install onnxruntime numpy soundfile
python {SCRIPT} {"song.wav" if takes_samples else "song.npz"}
```
{(_FROM_SONG if takes_samples else _LAYER_MEANS).format(record=record)}
Checked when it was written: scores differ from those of torch by at most
{record.check.share_of_axis:.1g} of the range of their axis, on {"; ".join(record.check.songs)}.
"""
