"""Losses against sums by hand, and weights that move where they should."""

import math

import pytest
import torch
from torch import Tensor

from planted_songs import ALL
from plaudit.model.head_output import HeadOutput
from plaudit.model.ordinal import grade_loss
from plaudit.training.condition import CONDITIONS, Balance, read_conditions
from plaudit.training.loss import (
    adapt_weights,
    add_up,
    axis_losses,
    battle_loss,
    error_loss,
    listwise_loss,
    near_partners,
    ranking_loss,
)

nan = math.nan
TWO = ("streams", "coherence")


def test_error_loss_by_hand_with_unknown_targets() -> None:
    predicted = torch.tensor([[10.0, 2.0], [30.0, 4.0], [50.0, 5.0]], requires_grad=True)
    target = torch.tensor([[20.0, 3.0], [nan, 2.0], [40.0, nan]])
    loss = error_loss(predicted, target, torch.ones(2))
    assert loss.tolist() == pytest.approx([(100 + 100) / 2, (1 + 4) / 2])
    halved = error_loss(predicted, target, torch.tensor([2.0, 1.0]))
    assert halved.tolist() == pytest.approx([25, 2.5])
    loss.sum().backward()  # type: ignore[no-untyped-call]  # torch's own
    assert predicted.grad is not None
    assert predicted.grad.tolist() == [[-10.0, -1.0], [0.0, 2.0], [10.0, 0.0]]
    nothing = error_loss(predicted, torch.full((3, 2), nan), torch.ones(2))
    assert nothing.tolist() == [0, 0]


def test_smooth_l1_by_hand() -> None:
    predicted, target = torch.tensor([[10.3], [12.0], [5.0]]), torch.tensor([[10.0], [10.0], [nan]])
    loss = error_loss(predicted, target, torch.ones(1), "smooth-l1")
    assert loss.tolist() == pytest.approx([(0.3**2 + (2 - 0.25)) / 2])
    halved = error_loss(predicted, target, torch.tensor([2.0]), "smooth-l1")
    assert halved.tolist() == pytest.approx([(0.15**2 + (1 - 0.25)) / 2])


def test_the_order_of_a_list_by_hand() -> None:
    score = torch.tensor([[1.0], [3.0], [2.0], [4.0]])
    target = torch.tensor([[2.0], [4.0], [nan], [1.0]])
    s, of_two = (3.0, 1.0, 4.0), math.log(math.exp(1) + math.exp(4)) - 1.0
    expected = math.log(sum(map(math.exp, s))) - 3.0 + of_two
    assert float(listwise_loss(score, target, ("clarity",))) == pytest.approx(expected, rel=1e-5)
    # Streams of 0 to 100 count as points of 1 to 5.
    wide = listwise_loss(score * 25, target * 25, ("streams",))
    assert float(wide) == pytest.approx(expected, rel=1e-5)
    right = listwise_loss(target.nan_to_num(0), target, ("clarity",))
    assert float(right) < float(listwise_loss(-target.nan_to_num(0), target, ("clarity",)))
    # Equal targets are put in an order drawn anew.
    torch.manual_seed(0)
    ties = {float(listwise_loss(score, torch.ones(4, 1), ("clarity",))) for _ in range(8)}
    assert len(ties) > 1


def test_battles_by_hand_and_a_constant_added_to_all_scores_changes_nothing() -> None:
    margin, won = torch.tensor([2.0, -1.0, 0.0]), torch.tensor([1.0, 0.0, 0.5])
    expected = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(-1)) + math.log(2)) / 3
    assert float(battle_loss(margin, won)) == pytest.approx(expected)
    assert float(battle_loss(-margin, 1 - won)) == pytest.approx(expected)


def test_partners_are_near_and_never_the_song_itself() -> None:
    label = torch.tensor([[1.0, nan], [1.1, 3.0], [4.9, 3.0], [5.0, 3.0]])
    axes = ("clarity", "naturalness")
    torch.manual_seed(0)
    drawn = torch.stack([near_partners(label, axes, 0.5) for _ in range(50)])
    assert (drawn != torch.arange(4)).all()
    assert (drawn == torch.tensor([1, 0, 3, 2])).all()  # the others are eight deviations away
    far = torch.stack([near_partners(label, axes, 100.0) for _ in range(50)])
    assert set(far[:, 0].tolist()) == {1, 2, 3}
    assert near_partners(label[:1], axes, 1.0).tolist() == [0]


def test_the_three_sums_by_hand() -> None:
    losses, s = torch.tensor([100.0, 2.0]), torch.tensor([1.0, -0.5])
    assert float(add_up(losses, "equal", TWO, s)) == pytest.approx(102)
    assert float(add_up(losses, "weighted", TWO, s)) == pytest.approx(502)
    expected = 100 / (2 * math.e**2) + 1 + 2 / (2 * math.exp(-1)) - 0.5
    assert float(add_up(losses, "uncertainty", TWO, s)) == pytest.approx(expected)
    seven = add_up(torch.ones(7), "weighted", ALL, torch.zeros(7))
    assert float(seven) == 5 + 5 + 5 * 1


def test_ranking_by_hand_leaves_out_ties_and_unknown() -> None:
    predicted = torch.tensor([[10.0], [20.0], [30.0]])
    target = torch.tensor([[1.0], [2.0], [nan]])
    # Pairs (0, 1) in both directions; a tenth of the axis counts one.
    expected = math.log(1 + math.exp(-1.0))
    assert float(ranking_loss(predicted, target, ("streams",))) == pytest.approx(expected)
    wrong = ranking_loss(predicted.flip(0), torch.tensor([[1.0], [nan], [3.0]]), ("streams",))
    assert float(wrong) == pytest.approx(math.log(1 + math.exp(2.0)))
    assert float(ranking_loss(predicted, torch.ones(3, 1), ("streams",))) == 0


def test_ordinal_and_ranking_are_added() -> None:
    logits = torch.randn(4, 2, 5).sort(dim=2, descending=True).values
    out = HeadOutput(torch.tensor([[10.0, 2.0]] * 4), torch.ones(4, 2), logits)
    target = torch.tensor([[0.0, 1.0], [50.0, 3.0], [100.0, 5.0], [nan, 2.0]])
    plain = error_loss(out.value, target, torch.ones(2))
    both = axis_losses(out, target, torch.ones(2), TWO, ranking=0.5)
    first = grade_loss(logits[:3, 0], torch.tensor([0.0, 0.5, 1.0])).mean()
    second = grade_loss(logits[:, 1], torch.tensor([0.0, 0.5, 1.0, 0.25])).mean()
    ranked = 0.5 * ranking_loss(out.value, target, TWO)
    torch.testing.assert_close(both, plain + torch.stack([first, second]) + ranked)


def planted_losses(generator: torch.Generator, variance: Tensor) -> Tensor:
    """Losses of a model that knows the truth up to noise of known variance on each axis."""
    noise = variance.sqrt() * torch.randn(256, 2, generator=generator)
    return error_loss(noise, torch.zeros(256, 2), torch.ones(2))


def test_loss_weights_reach_half_the_log_of_the_noise() -> None:
    variance, generator = torch.tensor([625.0, 0.25]), torch.Generator().manual_seed(0)
    s = torch.zeros(2)
    for _ in range(400):
        adapt_weights(s, planted_losses(generator, variance), 0.02)
    torch.testing.assert_close(s, 0.5 * torch.log(variance), atol=0.03, rtol=0)
    # That is where the sum is least: every other place costs more.
    losses = planted_losses(generator, variance)
    least = add_up(losses, "uncertainty", TWO, s)
    for step in (torch.tensor([0.3, 0.0]), torch.tensor([0.0, 0.3])):
        assert add_up(losses, "uncertainty", TWO, s + step) > least
        assert add_up(losses, "uncertainty", TWO, s - step) > least
    before = s.clone()
    adapt_weights(s, torch.tensor([0.0, 1.0]), 0.5)
    assert s[0] == before[0]  # nothing known of the axis in this batch
    assert s[1] > before[1]


@pytest.mark.parametrize("rate", [1e-4, 2e-2])
def test_as_parameters_they_do_not_get_there(rate: float) -> None:
    variance, generator = torch.tensor([625.0, 0.25]), torch.Generator().manual_seed(0)
    s = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.AdamW([s], lr=rate)
    for _ in range(400):
        optimizer.zero_grad()
        total = add_up(planted_losses(generator, variance), "uncertainty", TWO, s)
        total.backward()  # type: ignore[no-untyped-call]  # torch's own
        optimizer.step()
    assert float((s.detach() - 0.5 * torch.log(variance)).abs().max()) > 1


def test_there_are_the_24_conditions() -> None:
    assert len(CONDITIONS) == 24
    combinations = {(c.level, c.task, c.loss, c.depth) for c in CONDITIONS.values()}
    assert len(combinations) == 24
    assert [c.name for c in read_conditions("all")] == list(CONDITIONS)
    best = CONDITIONS["song-full-uncertainty-2"]
    assert (best.axes, best.shared_dims) == (ALL, (512, 256))
    balances: set[Balance] = {c.loss for c in CONDITIONS.values()}
    assert balances == {"equal", "weighted", "uncertainty"}
