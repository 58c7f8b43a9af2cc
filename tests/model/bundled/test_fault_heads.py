"""Heads that name faults: an axis loses by the greatest of its own, and amounts stay amounts."""

import pytest
import torch
from pydantic import ValidationError

from plaudit.core.axes import AXES, AXIS
from plaudit.model.bundled.fault_heads import FaultHeads
from plaudit.model.bundled.heads import BundledHeads, add_bias
from plaudit.model.card import HeadSpec, Recipe
from plaudit.model.network import Network

ALL = tuple(axis.name for axis in AXES)
NAMED = (("stray", "coherence"), ("hiss", "clarity"), ("blur", "clarity"))
CLARITY, COHERENCE = ALL.index("clarity"), ALL.index("coherence")


def spec(**more: object) -> HeadSpec:
    return HeadSpec.model_validate(
        {"axes": ALL, "input_dim": 10, "shared_dims": (8,), "branch_dims": (4,), "faults": NAMED}
        | more
    )


def greatest_only() -> FaultHeads:
    faults = FaultHeads(spec())
    faults.each.data.fill_(-50.0)
    return faults


def test_an_axis_loses_by_the_greatest_of_its_own_faults_and_others_nothing() -> None:
    amounts = torch.tensor([[0.0, 0.9, 0.3], [0.0, 0.9, 0.8], [0.5, 0.0, 0.0]])
    faults = greatest_only()
    taken = faults.flawless.detach() - faults.raw_scores(amounts).detach()
    assert taken[0, CLARITY] == pytest.approx(float(taken[1, CLARITY]))
    assert taken[0, CLARITY] > 0.5
    assert taken[2, COHERENCE] > 0.5
    assert taken[2, CLARITY] == pytest.approx(0, abs=1e-6)


def test_an_axis_with_faults_is_predicted_from_them_alone() -> None:
    heads = BundledHeads(spec(wide=True))
    assert set(heads.free) == set(ALL) - {"clarity", "coherence"}
    names = {name for name, _ in heads.named_parameters()}
    assert not any("branch_clarity" in name for name in names)
    assert any("branch_streams" in name for name in names)
    with pytest.raises(ValidationError, match="need 'value', got 'ordinal'"):
        spec(output="ordinal")


def test_amounts_lie_between_nothing_and_all_of_it() -> None:
    heads = BundledHeads(spec()).eval()
    amounts = heads(torch.randn(50, 10) * 1000).fault_amounts
    assert amounts is not None
    assert amounts.shape == (50, 3)
    assert bool(((amounts >= 0) & (amounts <= 1)).all())
    assert BundledHeads(spec(faults=())).eval()(torch.randn(5, 10)).fault_amounts is None


def test_a_fault_of_an_axis_that_the_judge_lacks_is_refused() -> None:
    with pytest.raises(ValidationError, match="faults: expected axes of the judge, got warmth"):
        spec(faults=(("cold", "warmth"),))


@pytest.mark.parametrize("members", [1, 3])
@pytest.mark.parametrize("more", [{}, {"faults": (), "wide": True}])
def test_a_bias_moves_the_axes_it_names_and_no_other(more: dict[str, object], members: int) -> None:
    torch.manual_seed(3)
    network = Network(Recipe(heads=spec(**more), members=members), 1).eval()
    songs, alone = torch.randn(12, 1, 1, 10), torch.ones(1)
    before = torch.stack([network.score(song, alone).song for song in songs])
    by = torch.zeros(len(ALL))
    by[ALL.index("streams")], by[CLARITY] = -0.7, 0.5
    add_bias(network, by)
    moved = torch.stack([network.score(song, alone).song for song in songs]) - before
    assert bool((moved[:, ALL.index("streams")] < -1).all())
    assert bool((moved[:, CLARITY] > 0.01).all())
    others = [place for place in range(len(ALL)) if not by[place]]
    assert not moved[:, others].any()
    if members == 1 and not more:  # the raw score moves by what was asked for
        low, length = AXIS["clarity"].low, AXIS["clarity"].high - AXIS["clarity"].low
        raw = torch.logit((torch.stack([before, before + moved])[..., CLARITY] - low) / length)
        torch.testing.assert_close(raw[1] - raw[0], torch.full((12,), 0.5), atol=1e-3, rtol=0)
