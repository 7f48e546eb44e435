"""Needs with the offers that answer them, from which the encoder learns (`matcher.measure.adapt`).

Written by blind authors, who saw neither the judged needs nor the judged offers: ``leaf_examples.csv``
has finer functions (leaves) with what people say and what vendors offer; groups of a need with three
offers are those of `matcher.understanding.groups`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from catalog.wording import normalised
from matcher.index.centring import translated_needs
from matcher.model.names import PASSAGE_PROMPT, QUERY_PROMPT
from matcher.shipped import shipped_rows
from matcher.understanding.groups import Group, shipped_groups

_APART_LEAVES = 0.1
"""The share of the leaves that is never learned."""
_SEED = 7
GROUP_NEEDS, GROUP_OFFERS = ("need", "foreign"), ("solves", "near", "off")
"""The texts of a `Group`, by side."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Said:
    """A need in its language."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A finer function below ``function``: needs that ask for it and offers that do it."""

    function: str
    needs: list[Said] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Examples:
    """What is learned, or what is kept apart; ``translations`` are needs in two languages."""

    leaves: Sequence[Leaf]
    groups: Sequence[Group]
    translations: Sequence[tuple[str, str]] = ()

    def prompted(self) -> Iterator[str]:
        """All their texts, each with the prompt of its side."""
        for leaf in self.leaves:
            yield from (QUERY_PROMPT + need.text for need in leaf.needs)
            yield from (PASSAGE_PROMPT + offer for offer in leaf.offers)
        for group in self.groups:
            yield from (QUERY_PROMPT + getattr(group, name) for name in GROUP_NEEDS)
            yield from (PASSAGE_PROMPT + getattr(group, name) for name in GROUP_OFFERS)
        for pair in self.translations:
            yield from (QUERY_PROMPT + text for text in pair)


def shipped_pairs() -> tuple[Examples, Examples]:
    """What is learned, and what is kept apart to see how well it was."""
    leaves: dict[tuple[str, str], Leaf] = {}
    for row in shipped_rows("leaf_examples.csv"):
        leaf = leaves.setdefault((row["function"], row["leaf"]), Leaf(row["function"]))
        if row["kind"] == "need":
            leaf.needs.append(Said(normalised(row["text"]), row["lang"]))
        else:
            leaf.offers.append(normalised(row["text"]))
    chance = random.Random(_SEED)
    learned: list[Leaf] = []
    apart: list[Leaf] = []
    for key in sorted(leaves):
        (apart if chance.random() < _APART_LEAVES else learned).append(leaves[key])
    said = [
        (normalised(one["zh"]), normalised(one[lang]))
        for one in translated_needs()
        for lang in ("en", "es")
    ]
    groups, others = shipped_groups()
    return Examples(learned, groups, said), Examples(apart, others)


def sisters(
    leaves: Sequence[Leaf], size: int, chance: random.Random
) -> list[list[tuple[Leaf, Said]]]:
    """Every need once, in batches of ``size`` that hold two of each of their functions.

    Offers of a sister leaf are the ones that are hardest to tell apart. What is left over when too few
    functions remain is left out.
    """
    found: list[list[tuple[Leaf, Said]]] = []
    waiting: dict[str, list[tuple[Leaf, Said]]] = {}
    every = [(leaf, need) for leaf in leaves for need in leaf.needs]
    for leaf, need in shuffled(every, chance):
        waiting.setdefault(leaf.function, []).append((leaf, need))
    while True:
        ready = [function for function, left in waiting.items() if len(left) > 1]
        if len(ready) < size // 2:
            return found
        chosen = chance.sample(ready, size // 2)
        found.append([waiting[function].pop() for function in chosen for _ in range(2)])


def batches(items: Sequence[T], size: int, chance: random.Random) -> list[list[T]]:
    """``items`` in batches of ``size``, shuffled; the last few that fill none are left out."""
    order = shuffled(items, chance)
    return [order[at : at + size] for at in range(0, len(order) - size + 1, size)]


def shuffled(items: Sequence[T], chance: random.Random) -> list[T]:
    """``items`` in another order."""
    return chance.sample(list(items), len(items))
