"""Nodes, their ancestors and their descendants."""

from __future__ import annotations

import pytest

from catalog.errors import Bilingual, UnknownNode
from catalog.taxonomy import Taxonomy
from catalog.tree import Node, Tree


@pytest.fixture
def tree() -> Tree:
    def node(code: str, parent: str | None) -> Node:
        return Node(code, Bilingual(code, code), parent, "level")

    nodes = [
        node("C", None),
        node("C1", "C"),
        node("C2", "C"),
        node("C11", "C1"),
        node("C12", "C1"),
    ]
    return Tree(nodes, Bilingual("行业", "sector"))


def test_up_and_down(tree: Tree) -> None:
    assert tree.ancestors("C11") == ("C11", "C1", "C")
    assert tree.ancestors("C") == ("C",)
    assert tree.children("C1") == ("C11", "C12")
    assert tree.children(None) == ("C",)
    assert tree.children("C12") == ()
    assert tree.subtree("C1") == {"C1", "C11", "C12"}
    assert tree.subtree("C2") == {"C2"}
    assert len(tree) == 5 and "C1" in tree and "X" not in tree
    assert [node.code for node in tree] == ["C", "C1", "C2", "C11", "C12"]


@pytest.mark.parametrize("ask", ["ancestors", "subtree", "__getitem__"])
def test_an_unknown_code_is_said_in_both_languages(tree: Tree, ask: str) -> None:
    with pytest.raises(UnknownNode) as caught:
        getattr(tree, ask)("X9")
    assert caught.value.field == "sector"
    assert "X9" in caught.value.message.zh and "X9" in caught.value.message.en


def test_shipped_trees_hang_together(taxonomy: Taxonomy) -> None:
    for tree in (taxonomy.sectors, taxonomy.scenarios):
        roots = set(tree.children(None))
        for node in tree:
            assert tree.ancestors(node.code)[-1] in roots
        assert sum(len(tree.subtree(root)) for root in roots) == len(tree)
    assert taxonomy.sectors.ancestors("C3391") == ("C3391", "C339", "C33", "C")
