"""Fit the networks of the bundled judge, and held-out networks for its intervals.

A held-out network is fitted in the same way, but without the songs of one system and without those
kept aside. Its predictions for that system's songs show what the judge would predict for a
generator it does not know: errors on systems in the training data would promise too much.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.axes import AXES
from plaudit.encoders.measured.encoder import MeasuredEncoder
from plaudit.model.bundled.heads import BundledHeads
from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.network import Network
from plaudit.training.bundled.boosting import fit_trees
from plaudit.training.bundled.composed_example import Example
from plaudit.training.bundled.fit_data import FitData, embed, make_fit_data
from plaudit.training.bundled.heads_fit import FitSettings, fit_heads

Floats = NDArray[np.float32]
OnProgress = Callable[[str], None]

USUAL = 0.85
"""Quantile of the penalties of undamaged training songs below which a penalty hardly counts.

Many of these songs were augmented with small speakers and rooms, which raises penalties; of songs
kept aside, which were not, it is about the 0.97 quantile."""


def predict(
    network: Network, encoder: MeasuredEncoder, examples: Sequence[Example]
) -> tuple[Floats, Floats]:
    """Return scores and spreads, (n_songs, 7) each."""
    songs = torch.from_numpy(embed(examples, encoder))
    weight = torch.ones(1)
    outputs = [network.score(song.reshape(1, 1, -1), weight) for song in songs]
    spread = [
        out.spread if out.spread is not None else torch.full_like(out.song, torch.nan)
        for out in outputs
    ]
    return torch.stack([out.song for out in outputs]).numpy(), torch.stack(spread).numpy()


def fit_network(
    recipe: Recipe,
    data: FitData,
    fit: FitSettings,
    *,
    seed: int,
    workers: int,
    on_progress: OnProgress,
) -> Network:
    """Fit all members, each in a process of one thread, so that ``workers`` changes nothing."""
    from plaudit.core.pool import share_out

    network = Network(recipe, 1)
    members = [network] if network.members is None else list(network.members)
    work = partial(_fit_member, recipe.heads, data, fit, seed)
    for number, state in share_out(work, iter(range(len(members))), workers):
        if isinstance(state, BaseException):
            raise state
        heads = BundledHeads(recipe.heads)
        heads.load_state_dict(state)
        members[number].heads = heads
        on_progress(f"network {number + 1} of {len(members)} trained")
    return network.eval()


def _fit_member(
    spec: HeadSpec, data: FitData, fit: FitSettings, seed: int, number: int
) -> dict[str, torch.Tensor]:
    return dict(fit_member(spec, data, fit, seed * 1000 + number).state_dict())


def fit_member(spec: HeadSpec, data: FitData, fit: FitSettings, seed: int) -> BundledHeads:
    """Fit a network to all songs and, independently of it, trees to the undamaged ones."""
    without_trees = spec.model_copy(update={"trees": 0})
    heads = fit_heads(without_trees, data.songs, data.targets, seed, fit, data.fault_amounts)
    if heads.penalty is not None and heads.tolerance is not None:
        whole = torch.from_numpy(data.songs[data.whole & data.music])
        with torch.inference_mode():
            penalty = heads.penalty(whole[:, heads.flaws])
        heads.tolerance.usual.copy_(torch.quantile(penalty, USUAL, dim=0))
    if spec.trees:
        songs = data.songs[data.whole].copy()
        songs[:, heads.flaws] = 0
        targets = data.targets[data.whole]
        heads.trees = fit_trees(spec.axes, spec.trees, spec.leaves, songs, targets, seed)
    return heads.eval()


def fit_held_out(
    recipe: Recipe,
    examples: Sequence[Example],
    systems: set[str],
    encoder: MeasuredEncoder,
    fit: FitSettings,
    *,
    seed: int,
    workers: int,
    on_progress: OnProgress,
) -> dict[str, Network]:
    """Return for each system a network that was fitted without its songs."""
    networks = {}
    for system in sorted(systems):
        on_progress(f"without {system}, for the intervals:")
        others = [example for example in examples if example.system != system]
        networks[system] = fit_network(
            recipe, make_fit_data(others, encoder, seed), fit,
            seed=seed, workers=workers, on_progress=on_progress,
        )  # fmt: skip
    return networks


def predict_held_out(
    networks: dict[str, Network], encoder: MeasuredEncoder, examples: Sequence[Example]
) -> tuple[Floats, Floats]:
    """Return scores and spreads (n, 7) of songs by the networks fitted without their system."""
    predicted = np.full((len(examples), len(AXES)), np.nan, np.float32)
    spread = predicted.copy()
    for system, network in networks.items():
        places = [place for place, example in enumerate(examples) if example.system == system]
        songs = [examples[place] for place in places]
        predicted[places], spread[places] = predict(network, encoder, songs)
    return predicted, spread
