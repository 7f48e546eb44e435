"""Taxonomy nodes and the tree that they form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.errors import Bilingual, UnknownNode


@dataclass(frozen=True, slots=True)
class Node:
    """One sector or scenario.

    ``level`` is section, division, group or class for sectors, and family, foundation, constrained,
    guiding or smart_manufacturing for scenarios.
    """

    code: str
    name: Bilingual
    parent: str | None
    level: str
    tools: Bilingual | None = None
    key_sector: bool = False


class Tree:
    """Nodes by code, their ancestors and their descendants."""

    def __init__(self, nodes: Iterable[Node], facet: Bilingual):
        self._nodes = {node.code: node for node in nodes}
        self._facet = facet
        self._children: dict[str | None, list[str]] = {}
        for node in self._nodes.values():
            self._children.setdefault(node.parent, []).append(node.code)

    def __contains__(self, code: object) -> bool:
        return code in self._nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)

    def __getitem__(self, code: str) -> Node:
        """The node with this code.

        Raises:
            UnknownNode: there is none.
        """
        if code not in self._nodes:
            raise UnknownNode(
                Bilingual(
                    f"没有{self._facet.zh}代码 {code}", f"there is no {self._facet.en} code {code}"
                ),
                Bilingual("请用分类接口查询可用代码", "look codes up in the taxonomy"),
                field=self._facet.en,
            )
        return self._nodes[code]

    def children(self, code: str | None) -> tuple[str, ...]:
        """Codes directly below ``code``; of the roots for ``None``."""
        return tuple(self._children.get(code, ()))

    def ancestors(self, code: str) -> tuple[str, ...]:
        """``code`` and everything above it, nearest first."""
        path = []
        at: str | None = code
        while at is not None:
            path.append(at)
            at = self[at].parent
        return tuple(path)

    def subtree(self, code: str) -> frozenset[str]:
        """``code`` and everything below it."""
        found = {self[code].code}
        waiting = [code]
        while waiting:
            below = self.children(waiting.pop())
            found.update(below)
            waiting.extend(below)
        return frozenset(found)
