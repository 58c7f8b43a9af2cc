"""No score may rise with a flaw, whatever was learned and however far the flaw goes."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from plaudit.core.axes import AXES
from plaudit.model.bundled.heads import BundledHeads
from plaudit.model.bundled.penalty import MonotonePenalty, Tolerance
from plaudit.model.card import HeadSpec

ALL = tuple(axis.name for axis in AXES)


def heads(seed: int) -> BundledHeads:
    faults = (("hiss", "clarity"), ("blur", "clarity"), ("stray", "coherence"))
    spec = HeadSpec.model_validate(
        {"axes": ALL, "input_dim": 10, "shared_dims": (8,), "branch_dims": (4,),
         "flaw_inputs": (6, 9), "families": (1, 2), "faults": faults}
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = BundledHeads(spec)
        for parameter in made.parameters():
            parameter.data.normal_(0, 1.5)
    return made.eval()


@settings(max_examples=40)
@given(
    seed=st.integers(0, 1000),
    flaw=st.integers(6, 8),
    low=st.floats(-12, 12),
    step=st.floats(0.1, 20),
)
def test_more_of_a_flaw_never_raises_a_score(seed: int, flaw: int, low: float, step: float) -> None:
    made = heads(seed)
    x = torch.randn(4, 10, generator=torch.Generator().manual_seed(seed))
    x[:, flaw] = low
    worse = x.clone()
    worse[:, flaw] += step
    with torch.inference_mode():
        assert bool((made(worse).value <= made(x).value + 1e-4).all())


def test_what_is_no_flaw_may_raise_a_score_and_the_trunk_sees_no_flaw() -> None:
    made = heads(3)
    x = torch.zeros(1, 10)
    other, flawed = x.clone(), x.clone()
    other[0, 0], flawed[0, 7] = 3.0, 3.0
    with torch.inference_mode():
        assert bool((made(other).value > made(x).value).any())
        made.penalty.weight.fill_(-60)  # type: ignore[union-attr]
        assert torch.equal(made(flawed).value, made(x).value)


def test_an_untrained_penalty_takes_next_to_nothing() -> None:
    with torch.inference_mode():
        taken = MonotonePenalty((2, 3), 7)(torch.zeros(3, 5))
    assert taken.shape == (3, 7)
    assert 0 < float(taken.max()) < 0.05


def test_a_family_adds_up_and_of_families_the_greatest_counts_most() -> None:
    together, apart = MonotonePenalty((2,), 1), MonotonePenalty((1, 1), 1)
    for made in (together, apart):
        made.weight.data.fill_(-60.0)
        made.weight.data[..., 0] = 0.0
    flaws = torch.tensor([[3.0, 3.0], [3.0, -60.0]])
    with torch.inference_mode():
        added, normed = together(flaws).flatten(), apart(flaws).flatten()
    assert float(added[0]) == pytest.approx(2 * float(added[1]))
    assert float(normed[0]) == pytest.approx(2 ** (1 / 3) * float(normed[1]))
    assert float(added[1]) == pytest.approx(float(normed[1]))


def test_flaws_outside_the_inputs_and_families_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValidationError, match="within 0 to 10"):
        HeadSpec(axes=ALL, input_dim=10, flaw_inputs=(6, 11))
    for families in ((2,), (3, 0), (4,)):
        with pytest.raises(ValidationError, match="add up to 3"):
            HeadSpec(axes=ALL, input_dim=10, flaw_inputs=(6, 9), families=families)
    with pytest.raises(ValidationError, match="add up to 0"):
        HeadSpec(axes=ALL, input_dim=10, families=(3,))


def test_a_straight_line_is_added_to_every_axis_and_sees_no_flaw() -> None:
    spec = HeadSpec(axes=ALL, input_dim=4, shared_dims=(3,), branch_dims=(), flaw_inputs=(3, 4))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        plain = BundledHeads(spec).eval()
        wide = BundledHeads(spec.model_copy(update={"wide": True})).eval()
    wide.load_state_dict(plain.state_dict(), strict=False)
    x = torch.tensor([[1.0, -2.0, 0.5, 9.0]])
    with torch.inference_mode():
        wide.wide.weight.zero_()  # type: ignore[union-attr]
        wide.wide.bias.zero_()  # type: ignore[union-attr]
        assert torch.equal(plain(x).value, wide(x).value)
        wide.wide.weight[2] = torch.tensor([1.0, 0.0, 0.0, 0.0])  # type: ignore[union-attr]
        higher = wide(x).value > plain(x).value
        assert higher[0].tolist() == [False, False, True, False, False, False, False]
        wide.wide.weight[2] = torch.tensor([0.0, 0.0, 0.0, 1.0])  # type: ignore[union-attr]
        assert torch.equal(plain(x).value, wide(x).value)


def test_of_a_penalty_what_is_not_usual_counts() -> None:
    tolerance = Tolerance(2)
    tolerance.usual.copy_(torch.tensor([1.0, 2.0]))
    taken = torch.linspace(0, 8, 50).unsqueeze(1).expand(50, 2)
    counts = tolerance(taken)
    assert (counts[taken < tolerance.usual - 1] < 5e-3).all()
    far = taken > tolerance.usual + 1.5
    torch.testing.assert_close(counts[far], (taken - tolerance.usual)[far], atol=1e-3, rtol=0)
    assert (counts.diff(dim=0) > 0).all()


def test_before_the_usual_is_known_nearly_all_of_a_penalty_counts() -> None:
    taken = torch.linspace(0, 8, 50).unsqueeze(1)
    torch.testing.assert_close(Tolerance(1)(taken), taken, atol=0.18, rtol=0)
