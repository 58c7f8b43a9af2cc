"""What each part of the bundled judge brings: the same training with one part left out.

Backs docs/decisions/0012-scores-from-named-faults.md, 0013-penalties-are-joined-by-a-norm.md,
0015-a-bias-for-undamaged-songs.md and 0016-boosted-trees-beside-the-network.md: what named faults,
hybrids, more songs and trees bring.

Reads the recordings that `make judge` measured (nothing is composed again). Printed for each way:
Spearman with the knob, by axis and of the means, on the songs kept aside for checking (systems it
learned from) and on those of the eleven unseen systems; means and standard deviations over seeds.

Run: .venv/bin/python bench/studies/judge_ablation.py [CACHE] [SEEDS] [WAY ...]
"""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from plaudit.audio.segment import SegmentRule
from plaudit.encoders.measured.battery import MEASURES
from plaudit.encoders.measured.encoder import MeasuredEncoder
from plaudit.encoders.measured.voice_detector import N_FAULTS
from plaudit.judging.catalogue import BUNDLED
from plaudit.model.card import HeadSpec
from plaudit.training.bundled.composed_example import Example, Role
from plaudit.training.bundled.example_cache import cached_examples
from plaudit.training.bundled.fit_data import FitData, column, embed, make_fit_data
from plaudit.training.bundled.heads_fit import FitSettings
from plaudit.training.bundled.member_fit import fit_member
from plaudit.training.bundled.procedure import bundled_recipe, measuring_encoder
from plaudit.training.bundled.training_record import RECORD, BundledSettings, read_settings

Floats = NDArray[np.float32]
# What was measured of the voice that the network heard; some others are only named alike.
OF_VOICE = range(MEASURES.index("voice_tune_range_0"), MEASURES.index("voice_fault_0") + N_FAULTS)
HIDDEN: dict[str, tuple[str, ...]] = {
    "no learned voice": ("voice_",),
    "voice names no faults": ("voice_fault",),
    "no notes": (
        "voice_pace",
        "voice_note_gaps",
        "voice_note_moves",
        "voice_retold",
        "voice_held",
    ),
}
AXES = ("coherence", "musicality", "memorability", "clarity", "naturalness", "their mean")


def agreement(predicted: Floats, examples: list[Example]) -> list[float]:
    knobs = column(examples, "knobs")
    correlations = []
    for k in range(5):
        known = ~np.isnan(knobs[:, k])
        correlations.append(float(spearmanr(predicted[known, 2 + k], knobs[known, k]).statistic))
    both = np.where(np.isnan(knobs), np.nan, predicted[:, 2:])
    correlations.append(
        float(spearmanr(np.nanmean(both, axis=1), np.nanmean(knobs, axis=1)).statistic)
    )
    return correlations


class Way(NamedTuple):
    """What is learned, by which heads, which inputs are hidden, in how many passes."""

    data: FitData
    spec: HeadSpec
    hidden: list[int]
    epochs: int


def ways(
    learn: list[Example], encoder: MeasuredEncoder, spec: HeadSpec, settings: BundledSettings
) -> dict[str, Way]:
    epochs = settings.epochs
    plain = spec.model_copy(update={"faults": ()})
    data = make_fit_data(learn, encoder, settings.seed)
    half = [example for example in learn if example.number < settings.train // 2]
    n_whole = len(learn) + sum(not example.music for example in learn)
    # Hybrids come after the examples.
    unmixed = FitData._make(array[:n_whole] for array in data)
    return {
        "as shipped": Way(data, spec, [], epochs),
        "half of the songs, twice as often": Way(
            make_fit_data(half, encoder, settings.seed), spec, [], 2 * epochs
        ),
        "no trees": Way(data, spec.model_copy(update={"trees": 0}), [], epochs),
        "faults not named": Way(data, plain, [], epochs),
        "no hybrids": Way(unmixed, spec, [], epochs),
        **{
            name: Way(data, spec, [k for k in OF_VOICE if MEASURES[k].startswith(start)], epochs)
            for name, start in HIDDEN.items()
        },
    }


def main() -> None:
    torch.set_num_threads(1)
    cache = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("runs/bundled")
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    settings = read_settings(BUNDLED / RECORD)
    wanted: dict[Role, int] = {
        "train": settings.train, "validation": settings.validation, "test": settings.test,
    }  # fmt: skip
    made = cached_examples(
        wanted, settings.seed, SegmentRule(), cache, 1, lambda *_: None, settings.typical_s
    )
    learn = made["train"]
    encoder = measuring_encoder(learn)
    spec = bundled_recipe(SegmentRule(), encoder.spec.dim, 1).heads
    print(f"{len(learn)} examples, {seeds} seeds, one network each")
    print(f"{'':<36}" + "".join(f"{axis[:9]:>16}" for axis in AXES))
    known = ways(learn, encoder, spec, settings)
    requested = sys.argv[3:] or list(known)
    strange = sorted(set(requested) - set(known))
    if strange:
        sys.exit(f"Expected ways among {', '.join(known)}; got {', '.join(strange)}.")
    for name in requested:
        given, heads_spec, hidden, epochs = known[name]
        fit = FitSettings(epochs=epochs, noise=settings.noise, mixup=settings.mixup)
        songs = given.songs.copy()
        songs[:, hidden] = 0
        scores: dict[Role, list[list[float]]] = {"validation": [], "test": []}
        for seed in range(seeds):
            heads = fit_member(heads_spec, given._replace(songs=songs), fit, seed)
            for role, rows in scores.items():
                features = embed(made[role], encoder)
                features[:, hidden] = 0
                with torch.inference_mode():
                    predicted = heads(torch.from_numpy(features)).value.numpy()
                rows.append(agreement(predicted, made[role]))
        for role, rows in scores.items():
            table = np.array(rows)
            cells = [f"{m:.3f} ({s:.3f})" for m, s in zip(table.mean(0), table.std(0), strict=True)]
            where = "eleven unseen" if role == "test" else "kept aside"
            print(
                f"{name + ', ' + where:<52}"[:52] + "".join(f"{cell:>16}" for cell in cells),
                flush=True,
            )


if __name__ == "__main__":
    main()
