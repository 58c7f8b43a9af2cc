"""Ordered grades are a distribution, and its loss is least where it is true."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from plaudit.core.axes import AXES
from plaudit.model.card import HeadSpec
from plaudit.model.ordinal import OrdinalHeads, grade_loss, probabilities, read_grades

RAW = st.lists(st.tuples(st.floats(-30, 30), st.floats(-30, 30)), min_size=1, max_size=5)


@given(RAW, st.integers(2, 40))
def test_the_grades_are_a_distribution(raw: list[tuple[float, float]], n_grades: int) -> None:
    output = read_grades(torch.tensor(raw), n_grades)
    p = probabilities(output.logits)
    assert bool((output.logits.diff(dim=1) <= 0).all())  # never likelier to pass a higher threshold
    assert bool((p >= 0).all())
    torch.testing.assert_close(p.sum(dim=1), torch.ones(len(raw)))
    assert bool((output.value >= -1e-6).all() & (output.value <= 1 + 1e-6).all())
    assert bool((output.spread >= 0).all() & (output.spread <= 0.5 + 1e-6).all())


def test_by_hand() -> None:
    # Two grades, location on the threshold: a fair coin between the ends of the axis.
    output = read_grades(torch.zeros(1, 2), 2)
    assert probabilities(output.logits)[0].tolist() == pytest.approx([0.5, 0.5])
    assert (float(output.value), float(output.spread)) == pytest.approx((0.5, 0.5))
    # Three grades, chances of passing .9 and .2.
    logits = torch.logit(torch.tensor([[0.9, 0.2]]))
    assert probabilities(logits)[0].tolist() == pytest.approx([0.1, 0.7, 0.2])


def test_the_expectation_of_a_perfect_answer_is_the_target() -> None:
    target = torch.tensor([0.0, 0.13, 0.5, 0.777, 1.0])
    logits = torch.zeros(5, 10, requires_grad=True)
    optimizer = torch.optim.LBFGS([logits], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = grade_loss(logits, target).sum()
        total.backward()  # type: ignore[no-untyped-call]  # torch's own
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # torch's own
    expected = probabilities(logits) @ (torch.arange(11) / 10)
    torch.testing.assert_close(expected, target, atol=2e-3, rtol=0)


def test_the_loss_by_hand() -> None:
    # Four grades, target a third up: passes the first threshold for sure, the others never.
    logits = torch.tensor([[1.0, 0.0, -2.0]])
    expected = -sum(
        torch.log(torch.sigmoid(torch.tensor(x))).item() for x in (1.0, 0.0, 2.0)
    ) / 3  # fmt: skip
    assert float(grade_loss(logits, torch.tensor([1 / 3]))) == pytest.approx(expected, rel=1e-5)


def test_ordinal_heads_stay_on_the_axis_and_say_how_sure_they_are() -> None:
    spec = HeadSpec(
        axes=tuple(axis.name for axis in AXES), input_dim=6, shared_dims=(8,), branch_dims=(4,),
        output="ordinal", grades=9,
    )  # fmt: skip
    output = OrdinalHeads(spec).eval()(torch.randn(5, 6) * 100)
    assert output.spread is not None
    assert output.logits is not None
    assert output.logits.shape == (5, 7, 8)
    for place, axis in enumerate(AXES):
        column = output.value[:, place]
        assert bool((column >= axis.low).all() & (column <= axis.high).all())
        assert bool((output.spread[:, place] <= (axis.high - axis.low) / 2).all())
