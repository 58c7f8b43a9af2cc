"""The networks of the bundled judge: those it is made of, and strangers to each maker of songs.

A stranger is made in the same way, but never heard the songs of one system, nor those kept aside.
What it says of that system's songs is what the judge would say of a generator it does not know:
errors on systems that were learned from would promise too much.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from plaudit.core.axes import AXES
from plaudit.encoders.measured.encoder import MeasuredEncoder
from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.heads import Heads
from plaudit.model.network import Network
from plaudit.training.bundled.boosting import grow_trees
from plaudit.training.bundled.composed_example import Example
from plaudit.training.bundled.fit_data import Lessons, amounts, embed, targets, with_hybrids
from plaudit.training.bundled.heads_fit import FitSettings, fit_heads

Floats = NDArray[np.float32]
Say = Callable[[str], None]

USUAL = 0.85
"""Share of whole songs, as they are learned from, from which flaws take no more than is usual.

Many of those were played back through small speakers and in rooms, which takes more: of songs kept
aside, which were not, it is about 0.97."""


def predict(
    network: Network, encoder: MeasuredEncoder, examples: Sequence[Example]
) -> tuple[Floats, Floats]:
    """Return scores and spreads, (n_songs, 7) each."""
    songs = torch.from_numpy(embed(examples, encoder))
    one = torch.ones(1)
    found = [network.score(song.reshape(1, 1, -1), one) for song in songs]
    spread = [
        out.spread if out.spread is not None else torch.full_like(out.song, torch.nan)
        for out in found
    ]
    return torch.stack([out.song for out in found]).numpy(), torch.stack(spread).numpy()


def lessons_of(
    learn: Sequence[Example], encoder: MeasuredEncoder, seed: int, more: Sequence[Example] = ()
) -> Lessons:
    """Return what is learned.

    Parameters
    ----------
    learn : sequence of Example
        Songs and their damaged copies; a song comes twice, whole and damaged, so does what is no
        music.
    encoder : MeasuredEncoder
        What hears.
    seed : int
        Draws what shows of damage.
    more : sequence of Example
        Songs more, all whole; they are numbered for themselves.
    """
    learn = [*learn, *(one for one in learn if not one.music)]
    drawn = np.random.default_rng(seed)
    parts = [
        with_hybrids(songs, embed(songs, encoder), targets(songs), amounts(songs), drawn)
        for songs in (learn, more)
        if songs
    ]
    return Lessons(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def fit_network(
    recipe: Recipe,
    lessons: Lessons,
    fit: FitSettings,
    *,
    seed: int,
    workers: int,
    tell: Say,
) -> Network:
    """Train the networks, each in a process of one thread: so the same on any number of cores."""
    from plaudit.core.pool import share_out

    network = Network(recipe, 1)
    members = [network] if network.members is None else list(network.members)
    work = partial(_fit_member, recipe.heads, lessons, fit, seed)
    for number, heads in share_out(work, iter(range(len(members))), workers):
        if isinstance(heads, BaseException):
            raise heads
        fitted = Heads(recipe.heads)
        fitted.load_state_dict(heads)
        members[number].heads = fitted
        tell(f"network {number + 1} of {len(members)} trained")
    return network.eval()


def _fit_member(
    spec: HeadSpec, lessons: Lessons, fit: FitSettings, seed: int, number: int
) -> dict[str, torch.Tensor]:
    return dict(fit_member(spec, lessons, fit, seed * 1000 + number).state_dict())


def fit_member(spec: HeadSpec, lessons: Lessons, fit: FitSettings, seed: int) -> Heads:
    """Fit a network and, beside it, trees; neither knows of the other.

    The network learns to pay for every flaw. Afterwards those that whole songs have are let pass,
    so it says too much: `Heads.lift` is to follow.

    Parameters
    ----------
    spec : HeadSpec
        Shape of the heads.
    lessons : Lessons
        What is learned. Trees learn from what is whole: to hear damage is left to the network.
    fit : FitSettings
        Settings of the network's loop.
    seed : int
        Seed of both.

    Returns
    -------
    Heads
        In evaluation mode.
    """
    alone = spec.model_copy(update={"trees": 0})
    heads = fit_heads(alone, lessons.songs, lessons.wanted, seed, fit, lessons.amounts)
    if heads.falling is not None and heads.tolerance is not None:
        whole = torch.from_numpy(lessons.songs[lessons.whole & lessons.music])
        with torch.inference_mode():
            taken = heads.falling(whole[:, heads.flaws])
        heads.tolerance.usual.copy_(torch.quantile(taken, USUAL, dim=0))
    if not spec.trees:
        return heads
    songs = lessons.songs[lessons.whole].copy()
    songs[:, slice(*spec.falling) if spec.falling else slice(0)] = 0
    wanted = lessons.wanted[lessons.whole]
    heads.trees = grow_trees(spec.axes, spec.trees, spec.leaves, songs, wanted, seed)
    return heads.eval()


def fit_strangers(
    recipe: Recipe,
    learn: Sequence[Example],
    check: Sequence[Example],
    encoder: MeasuredEncoder,
    fit: FitSettings,
    *,
    seed: int,
    workers: int,
    tell: Say,
) -> dict[str, Network]:
    """Return for each system of the songs kept aside a network that never heard it."""
    found = {}
    for system in sorted({one.system for one in check}):
        tell(f"without {system}, for the intervals:")
        others = [one for one in learn if one.system != system]
        lessons = lessons_of(others, encoder, seed)
        found[system] = fit_network(recipe, lessons, fit, seed=seed, workers=workers, tell=tell)
    return found


def unheard(
    strangers: dict[str, Network], encoder: MeasuredEncoder, check: Sequence[Example]
) -> tuple[Floats, Floats]:
    """Return scores and spreads (n, 7) of songs by networks that never heard their system."""
    said = np.full((len(check), len(AXES)), np.nan, np.float32)
    spread = said.copy()
    for system, network in strangers.items():
        places = [place for place, one in enumerate(check) if one.system == system]
        said[places], spread[places] = predict(network, encoder, [check[place] for place in places])
    return said, spread
