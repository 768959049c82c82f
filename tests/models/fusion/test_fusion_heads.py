"""What the heads promise: points on the scale, sums that fit, a likelihood that is one."""

from __future__ import annotations

import math

import fusion_builder as build
import pytest
import torch
from torch import Tensor
from untouched_torch import untouched_torch  # noqa: F401 - watches every test here

from hybridmfp.models.fusion.heads import ItemHead, TotalHead, cumulative_link_nll
from hybridmfp.models.fusion.quiet_torch import quiet_torch
from hybridmfp.signals import Item, Scale, find_scale

WIDTH = 8
SCALES = {"rated": build.RATED, "fma-ue": find_scale("fma-ue")}
UNEVEN = (Item("X", "X", "one to four", levels=(1, 2, 4)), Item("Y", "X", "yes", levels=(0, 1)))


def head_of(items: tuple[Item, ...], seed: int = 0) -> ItemHead:
    """A head whose every number is random, thresholds included."""
    with quiet_torch(seed), torch.no_grad():
        head = ItemHead(WIDTH, items)
        for one in head.parameters():
            one.copy_(2 * torch.randn(one.shape))
    return head


def drawn(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=SCALES)
def scale(request: pytest.FixtureRequest) -> Scale:
    return SCALES[request.param]


def test_points_of_every_item_lie_within_its_levels(scale: Scale) -> None:
    points = head_of(scale.items).points(5 * drawn(200, WIDTH))

    for at, item in enumerate(scale.items):
        assert points[:, at].min() >= item.levels[0]
        assert points[:, at].max() <= item.levels[-1]


def test_extreme_embeddings_reach_both_ends_of_the_scale(scale: Scale) -> None:
    head = head_of(scale.items)
    with torch.no_grad():
        head.ability.weight.fill_(1.0)
    ends = torch.stack([torch.full((WIDTH,), -50.0), torch.full((WIDTH,), 50.0)])

    totals = head.points(ends).sum(dim=1)

    assert totals.tolist() == pytest.approx([scale.minimum, scale.maximum], abs=1e-4)


def test_sections_sum_to_the_total(scale: Scale) -> None:
    points = head_of(scale.items).points(drawn(5, WIDTH))
    names = [item.identifier for item in scale.items]

    by_section = sum(
        points[:, [names.index(item.identifier) for item in items]].sum(dim=1)
        for items in scale.sections.values()
    )

    torch.testing.assert_close(by_section, points.sum(dim=1))


def test_higher_levels_are_never_likelier(scale: Scale) -> None:
    reached = head_of(scale.items).reached(5 * drawn(200, WIDTH))

    assert ((reached >= 0) & (reached <= 1)).all()
    assert (reached.diff(dim=-1) <= 0).all()


def test_a_reflex_has_two_points_or_none() -> None:
    head = head_of(SCALES["fma-ue"].items)

    reached, points = head.reached(drawn(50, WIDTH)), head.points(drawn(50, WIDTH))

    assert (reached[:, :2, 1] == 0).all()  # there is no second step
    torch.testing.assert_close(points[:, :2], 2 * reached[:, :2, 0])


def test_an_item_that_requires_others_is_bounded_by_the_least_likely_of_them() -> None:
    scale = SCALES["fma-ue"]
    names = [item.identifier for item in scale.items]
    required = [names.index(name) for name in ("A4a", "A4b", "A4c")]
    head = head_of(scale.items)
    with torch.no_grad():
        head.ability.bias[names.index("A5")] = 300.0  # by itself it would always be full

    reached = head.reached(3 * drawn(200, WIDTH))

    full = reached[:, required, 1].min(dim=1).values
    torch.testing.assert_close(reached[:, names.index("A5"), 0], full)
    assert (reached[:, names.index("A5")] <= full[:, None] + 1e-6).all()


def test_other_items_are_as_if_nothing_was_required() -> None:
    scale = SCALES["fma-ue"]
    free = tuple(Item(one.identifier, one.section, one.title, one.levels) for one in scale.items)
    bound, unbound = head_of(scale.items), head_of(free)
    other = [at for at, item in enumerate(scale.items) if not item.requires]
    embedding = drawn(20, WIDTH)

    torch.testing.assert_close(
        bound.reached(embedding)[:, other], unbound.reached(embedding)[:, other]
    )


def slow_nll(reached: Tensor, points: Tensor, items: tuple[Item, ...]) -> list[float]:
    """Level by level, item by item, in words of the definition."""
    losses = []
    for chances, rated in zip(reached.tolist(), points.tolist(), strict=True):
        terms = []
        for steps, given, item in zip(chances, rated, items, strict=True):
            if math.isnan(given):
                continue
            at_least = [1.0, *steps[: len(item.levels) - 1], 0.0]
            level = item.levels.index(int(given))
            terms.append(-math.log(max(at_least[level] - at_least[level + 1], 1e-4)))
        losses.append(sum(terms) / len(terms) if terms else 0.0)
    return losses


@pytest.mark.parametrize("items", [build.RATED.items, SCALES["fma-ue"].items, UNEVEN])
def test_the_likelihood_is_that_of_a_slow_reference(items: tuple[Item, ...]) -> None:
    head = head_of(items)
    draw = torch.Generator().manual_seed(3)
    picks = torch.rand((40, len(items)), generator=draw)
    points = torch.tensor(
        [
            [item.levels[int(p * len(item.levels))] for p, item in zip(row, items, strict=True)]
            for row in picks.tolist()
        ],
        dtype=torch.float32,
    )
    points[torch.rand(points.shape, generator=draw) < 0.3] = torch.nan
    points[0] = torch.nan
    reached = head.reached(drawn(40, WIDTH))

    found = cumulative_link_nll(reached, points, head)

    assert found.tolist() == pytest.approx(slow_nll(reached, points, items), rel=1e-4, abs=1e-6)


def test_the_chances_of_all_levels_sum_to_one() -> None:
    items = (*UNEVEN, Item("R", "X", "a reflex", levels=(0, 2)))
    head = head_of(items)
    reached = head.reached(0.3 * drawn(30, WIDTH))

    for at, item in enumerate(items):
        chance = torch.zeros(30)
        for level in item.levels:
            points = torch.full((30, len(items)), torch.nan)
            points[:, at] = level
            chance = chance + torch.exp(-cumulative_link_nll(reached, points, head))
        # A chance below 1e-4 counts as 1e-4.
        torch.testing.assert_close(chance, torch.ones(30), atol=2e-4, rtol=0)


def test_items_that_were_not_rated_count_nothing() -> None:
    head = head_of(build.RATED.items)
    points = torch.tensor([[2.0, 1.0, torch.nan, 0.0], [torch.nan] * 4])
    embedding = drawn(2, WIDTH).requires_grad_()
    reached = head.reached(embedding)
    reached.retain_grad()

    nll = cumulative_link_nll(reached, points, head)
    nll.sum().backward()

    assert nll[1] == 0
    assert reached.grad is not None
    assert (reached.grad[0, 2] == 0).all()
    assert (reached.grad[1] == 0).all()
    assert reached.grad.isfinite().all()
    only = points[:1, [0, 1, 3]]
    rest = tuple(build.RATED.items[at] for at in (0, 1))
    assert nll[0].item() == pytest.approx(
        slow_nll(reached[:1, [0, 1, 3]], only, (*rest, Item("B2", "B", "")))[0], rel=1e-4
    )


def test_a_rating_that_is_likelier_costs_less() -> None:
    head = head_of(build.RATED.items)
    with torch.no_grad():
        head.ability.weight.fill_(1.0)
    full = torch.tensor([[2.0, 2.0, 2.0, 2.0]]).expand(2, 4)
    weak, strong = torch.full((1, WIDTH), -0.3), torch.full((1, WIDTH), 0.3)

    costs = cumulative_link_nll(head.reached(torch.cat([weak, strong])), full, head)

    assert costs[1] < costs[0]


def test_the_total_is_counted_from_the_centre_in_spreads() -> None:
    with quiet_torch(0):
        head = TotalHead(WIDTH)
    embedding = drawn(5, WIDTH)
    standard = head(embedding)

    head.centre.fill_(33.0)
    head.spread.fill_(10.0)

    torch.testing.assert_close(head(embedding), 33 + 10 * standard)
