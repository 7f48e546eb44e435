"""Fitting of the encoder to needs and the offers that answer them: `matcher.model.adaptation`.

Contrastive learning in batches (https://arxiv.org/abs/1807.03748): of the offers of a batch a need's own
should lie nearest. The vectors of either side lose their mean first, as they do when they are matched
(`matcher.index.centring`). Two runs are averaged (https://arxiv.org/abs/2203.05482), and of what they
learned only a share is kept, which keeps more of what the encoder knew
(https://arxiv.org/abs/2109.01903): chosen on the development judgments.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from matcher.measure.adapt_network import AdaptedNetwork
from matcher.measure.pairs import (
    GROUP_NEEDS,
    GROUP_OFFERS,
    Examples,
    Leaf,
    Said,
    batches,
    sisters,
)
from matcher.model.adaptation import Changes
from matcher.model.names import PASSAGE_PROMPT, QUERY_PROMPT
from matcher.understanding.groups import Group

SEEDS = (0, 1)
"""One run each."""
SHARE = 0.64
"""How much of the mean of the runs is kept."""
_TEMPERATURE = 0.05
_PARTLY = 0.15
"""What the offer that helps in part gets of the likelihood."""
_DECAY, _LARGEST = 0.01, 1.0
_WARM, _LAST = 0.1, 0.02
_UNLIKE = -1e4
_FIRST = 5

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much is learned: batches of each kind (in a random order), their size, the highest rate."""

    leaves: int = 160
    groups: int = 220
    translations: int = 60
    batch: int = 64
    rate: float = 1.5e-3


@dataclass(frozen=True, slots=True)
class Figures:
    """How well examples that were kept apart are told: shares from 0 to 1.

    ``leaves``: of the five offers nearest to a need, those of its own leaf. ``first``:
    groups whose solving offer lies nearest of all groups' offers; ``near`` and ``off``: it beats the offer
    that helps in part, the one that only looks alike. ``foreign``: ``first`` for the foreign need.
    """

    leaves: float
    first: float
    near: float
    off: float
    foreign: float


def fit_changes(
    network: AdaptedNetwork,
    examples: Examples,
    seed: int,
    progress: Progress,
    recipe: Recipe = Recipe(),
) -> Changes:
    """What a fresh ``network`` learns of ``examples`` in one run."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    network.prepare(examples.prompted())
    kinds = ("leaves", "groups", "translations")
    plan = [kind for kind in kinds for _ in range(getattr(recipe, kind))]
    chance.shuffle(plan)
    losses = {
        "leaves": _endless(
            lambda: sisters(examples.leaves, recipe.batch, chance),
            lambda one: _leaves_loss(network, one, chance),
        ),
        "groups": _endless(
            lambda: batches(examples.groups, recipe.batch // 2, chance),
            lambda one: _groups_loss(network, one),
        ),
        "translations": _endless(
            lambda: batches(examples.translations, recipe.batch, chance),
            lambda one: _translations_loss(network, one),
        ),
    }
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=recipe.rate, weight_decay=_DECAY, betas=(0.9, 0.99)
    )
    network.learn(True)
    for step, kind in enumerate(plan):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * _pace(step, len(plan))
        optimizer.zero_grad()
        next(losses[kind]).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST)
        optimizer.step()
        progress("fit", step + 1, len(plan))
    network.learn(False)
    return network.changes()


def averaged(runs: Sequence[Changes], share: float = SHARE) -> Changes:
    """A ``share`` of the mean of what the ``runs`` learned; the ranks add up."""
    return {
        name: (
            np.concatenate([run[name][0] for run in runs], axis=1) * np.float32(share / len(runs)),
            np.concatenate([run[name][1] for run in runs], axis=0),
        )
        for name in runs[0]
    }


def figures(network: AdaptedNetwork, apart: Examples) -> Figures:
    """How well ``network`` tells the examples ``apart``."""
    network.prepare(apart.prompted())
    with torch.no_grad():
        needs, offers = _sides(
            network,
            [need for leaf in apart.leaves for need in leaf.needs],
            [offer for leaf in apart.leaves for offer in leaf.offers],
        )
        own = np.repeat(np.arange(len(apart.leaves)), [len(one.needs) for one in apart.leaves])
        of = np.repeat(np.arange(len(apart.leaves)), [len(one.offers) for one in apart.leaves])
        nearest = (needs @ offers.T).numpy().argsort(axis=1)[:, ::-1][:, :_FIRST]
        tried = _group_offers(network, apart.groups)
        scores = [_group_needs(network, apart.groups, name) @ tried.T for name in GROUP_NEEDS]
    chinese, foreign = (one.numpy() for one in scores)
    count = len(apart.groups)
    at = np.arange(count)
    return Figures(
        leaves=float((of[nearest] == own[:, None]).mean()),
        first=float((chinese.argmax(axis=1) == at).mean()),
        near=float((chinese[at, at] > chinese[at, at + count]).mean()),
        off=float((chinese[at, at] > chinese[at, at + 2 * count]).mean()),
        foreign=float((foreign.argmax(axis=1) == at).mean()),
    )


def _leaves_loss(
    network: AdaptedNetwork, batch: Sequence[tuple[Leaf, Said]], chance: random.Random
) -> Tensor:
    offers = [chance.choice(leaf.offers) for leaf, _ in batch]
    left = _centred(network.vectors([QUERY_PROMPT + need.text for _, need in batch]))
    right = _centred(network.vectors([PASSAGE_PROMPT + offer for offer in offers]))
    same = torch.tensor([[one is other for other, _ in batch] for one, _ in batch])
    return _contrast(left, right, same)


def _groups_loss(network: AdaptedNetwork, batch: Sequence[Group]) -> Tensor:
    count = len(batch)
    needs = torch.cat([_group_needs(network, batch, name) for name in GROUP_NEEDS])
    scores = needs @ _group_offers(network, batch).T / _TEMPERATURE
    wanted = torch.zeros_like(scores)
    rows = torch.arange(2 * count)
    wanted[rows, rows % count] = 1.0 - _PARTLY
    wanted[rows, rows % count + count] = _PARTLY
    return -(wanted * functional.log_softmax(scores, dim=1)).sum(dim=1).mean()


def _translations_loss(network: AdaptedNetwork, batch: Sequence[tuple[str, str]]) -> Tensor:
    left, right = (
        _centred(network.vectors([QUERY_PROMPT + pair[side] for pair in batch])) for side in (0, 1)
    )
    return _contrast(left, right, torch.eye(len(batch), dtype=torch.bool))


def _contrast(left: Tensor, right: Tensor, same: Tensor) -> Tensor:
    """Each row of ``left`` against all of ``right``, and the other way; ``same`` ones do not compete."""
    own = torch.arange(len(left))
    scores = left @ right.T / _TEMPERATURE
    scores = scores.masked_fill(same & ~torch.eye(len(left), dtype=torch.bool), _UNLIKE)
    return (functional.cross_entropy(scores, own) + functional.cross_entropy(scores.T, own)) / 2


def _group_needs(network: AdaptedNetwork, groups: Sequence[Group], name: str) -> Tensor:
    return _centred(network.vectors([QUERY_PROMPT + getattr(one, name) for one in groups]))


def _group_offers(network: AdaptedNetwork, groups: Sequence[Group]) -> Tensor:
    texts = [PASSAGE_PROMPT + getattr(one, name) for name in GROUP_OFFERS for one in groups]
    return _centred(network.vectors(texts))


def _sides(
    network: AdaptedNetwork, needs: Sequence[Said], offers: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """Centred vectors of needs, each language by its own mean, and of offers."""
    found = network.vectors([QUERY_PROMPT + need.text for need in needs])
    for lang in {need.lang for need in needs}:
        rows = [row for row, need in enumerate(needs) if need.lang == lang]
        found[rows] = _centred(found[rows])
    return found, _centred(network.vectors([PASSAGE_PROMPT + offer for offer in offers]))


def _centred(vectors: Tensor) -> Tensor:
    return functional.normalize(vectors - vectors.mean(dim=0, keepdim=True).detach(), dim=-1)


def _pace(step: int, steps: int) -> float:
    """The share of the rate at a step: a slow start, then half a cosine."""
    warm = max(1, round(_WARM * steps))
    done = max(0.0, (step - warm) / max(1, steps - warm))
    falling = _LAST + (1 - _LAST) * (1 + math.cos(math.pi * done)) / 2
    return min(1.0, (step + 1) / warm) * falling


def _endless(rounds: Callable[[], list[Any]], loss: Callable[[Any], Tensor]) -> Iterator[Tensor]:
    """The loss of one batch after the other, round by round."""
    for one in chain.from_iterable(make() for make in repeat(rounds)):
        yield loss(one)
