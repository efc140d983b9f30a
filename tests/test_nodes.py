"""The tree: children, order, depth, equality and copies."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from typing import get_args

import pytest

from odata_filter import edm, nodes
from odata_filter.nodes import (
    IT,
    MAX_DEPTH,
    Arithmetic,
    Call,
    Case,
    Collection,
    Comparison,
    Count,
    Invocation,
    Key,
    Literal,
    Logical,
    Member,
    Negate,
    Node,
    Not,
    Quantifier,
    Record,
    Variable,
    Where,
    children,
    too_deep,
    walk,
    with_children,
)

A, B, C, D = (Variable(name) for name in "abcd")
ONE = Literal(edm.INT64, "1")

EACH: list[tuple[Node, tuple[Node, ...]]] = [
    (ONE, ()),
    (A, ()),
    (Member(A, "x"), (A,)),
    (Call("now", ()), ()),
    (Call("concat", (A, B)), (A, B)),
    (Invocation(None, "Ns.F", ()), ()),
    (Invocation(None, "Ns.F", (("p", A), ("q", B))), (A, B)),
    (Invocation(A, "Ns.F", ()), (A,)),
    (Invocation(A, "Ns.F", (("p", B), ("q", C))), (A, B, C)),
    (Key(A, ((None, B),)), (A, B)),
    (Key(A, (("x", B), ("y", C))), (A, B, C)),
    (Where(A, B), (A, B)),
    (Count(A), (A,)),
    (Count(A, "blue"), (A,)),
    (Quantifier("any", A), (A,)),
    (Quantifier("all", A, "t", B), (A, B)),
    (Case(((A, B), (C, D))), (A, B, C, D)),
    (Collection(()), ()),
    (Collection((A, B)), (A, B)),
    (Record(()), ()),
    (Record((("x", A), ("y", B))), (A, B)),
    (Not(A), (A,)),
    (Negate(A), (A,)),
    (Arithmetic("sub", A, B), (A, B)),
    (Comparison("lt", A, B), (A, B)),
    (Logical("or", (A, B, C)), (A, B, C)),
]


def test_every_kind_of_node_is_tested() -> None:
    """A new node must come here as well."""
    assert set(get_args(Node)) == {type(node) for node, _ in EACH}


@pytest.mark.parametrize(("node", "expected"), EACH)
def test_the_children_of_a_node_stand_in_the_order_of_the_text(node: Node, expected: tuple[Node, ...]) -> None:
    """The source of a path first, then what stands in parentheses."""
    assert expected == children(node)


@pytest.mark.parametrize(("node", "expected"), EACH)
def test_a_node_over_its_own_children_is_itself(node: Node, expected: tuple[Node, ...]) -> None:
    """Taking apart and putting together loses nothing, and keeps the place."""
    placed = replace(node, span=(3, 7))
    again = with_children(placed, expected)
    assert placed == again
    assert again.span == (3, 7)


@pytest.mark.parametrize(("node", "expected"), EACH)
def test_a_node_takes_other_children(node: Node, expected: tuple[Node, ...]) -> None:
    """Names, operators and labels stay."""
    others = tuple(Literal(edm.INT64, str(at)) for at in range(len(expected)))
    changed = with_children(node, others)
    assert others == children(changed)
    assert type(node) is type(changed)
    assert node == with_children(changed, expected)


@pytest.mark.parametrize(("node", "expected"), EACH)
def test_a_node_cannot_be_changed(node: Node, expected: tuple[Node, ...]) -> None:
    """It has no field that can be set, and no place for another."""
    assert not hasattr(node, "__dict__")
    with pytest.raises(FrozenInstanceError):
        setattr(node, fields(node)[0].name, expected)


# ---- Walking ---------------------------------------------------------------------------------


def test_a_walk_goes_from_left_to_right_and_down() -> None:
    """Each node stands before those below it."""
    left, right = Not(A), Logical("or", (B, C))
    root = Comparison("eq", left, right)
    assert list(walk(root)) == [root, left, A, right, B, C]


def test_a_walk_of_a_leaf_is_the_leaf() -> None:
    """There is nothing below."""
    assert list(walk(A)) == [A]


def nested(levels: int) -> Node:
    """A tree of that many levels."""
    node: Node = A
    for _ in range(levels - 1):
        node = Not(node)
    return node


def test_a_walk_needs_no_stack() -> None:
    """A tree far deeper than Python's own limit."""
    assert sum(1 for _ in walk(nested(50_000))) == 50_000


def test_a_tree_of_a_hundred_levels_is_not_too_deep() -> None:
    """The limit itself is allowed."""
    assert too_deep(nested(MAX_DEPTH)) is None
    assert too_deep(nested(MAX_DEPTH + 1)) is A


def test_the_first_node_below_the_limit_is_named() -> None:
    """The level is counted from the root, and the first in the order of the text is taken."""
    tree = Comparison("eq", Not(A), Logical("and", (B, C)))
    assert too_deep(tree, 3) is None
    assert too_deep(tree, 2) is A
    assert too_deep(tree, 1) == Not(A)


def test_a_long_chain_is_not_deep() -> None:
    """Fifty thousand operands are two levels."""
    assert too_deep(Logical("or", (A,) * 50_000), 2) is None


def test_depth_needs_no_stack() -> None:
    """A tree far deeper than Python's own limit."""
    assert too_deep(nested(50_000)) is not None


# ---- Equality --------------------------------------------------------------------------------


@pytest.mark.parametrize(("node", "expected"), EACH)
def test_the_place_of_a_node_takes_no_part_in_equality(node: Node, expected: tuple[Node, ...]) -> None:
    """Nor in the hash, nor in what is shown of it."""
    elsewhere = with_children(replace(node, span=(3, 7)), tuple(replace(child, span=(4, 5)) for child in expected))
    assert node == elsewhere
    assert hash(node) == hash(elsewhere)
    assert repr(node) == repr(elsewhere)


def test_nodes_that_differ_in_anything_else_are_different() -> None:
    """Also where the fields are the same and only the kind is another."""
    different = [node for node, _ in EACH]
    different += [Literal(edm.DECIMAL, "1"), Literal(edm.INT64, "01"), Comparison("sub", A, B)]
    different += [Not(B), Variable("t"), Count(A, "red"), Quantifier("all", A, "u", B), Record((("z", A), ("y", B)))]
    assert len(set(different)) == len(different)
    assert all((left == right) == (left is right) for left in different for right in different)


def test_the_implied_instance_equals_a_written_one() -> None:
    """`a` and `$it/a` are the same filter."""
    assert Variable("$it", (0, 3)) == IT


# ---- Copies ----------------------------------------------------------------------------------

COPIES: list[Callable[[Node], Node]] = [
    copy.copy,
    copy.deepcopy,
    lambda node: pickle.loads(pickle.dumps(node)),  # noqa: S301 - what was just pickled
]


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize(("node", "expected"), EACH)
def test_a_copy_is_equal(copied: Callable[[Node], Node], node: Node, expected: tuple[Node, ...]) -> None:
    """With its place and all its children."""
    again = copied(replace(node, span=(3, 7)))
    assert node == again
    assert again.span == (3, 7)
    assert expected == children(again)


@pytest.mark.parametrize("copied", COPIES)
def test_the_deepest_tree_can_be_copied(copied: Callable[[Node], Node]) -> None:
    """The limit of depth is below every limit of Python's."""
    deepest = nested(MAX_DEPTH)
    assert deepest == copied(deepest)
    assert hash(deepest) == hash(copied(deepest))
    assert repr(deepest) == repr(copied(deepest))


def test_the_module_names_the_instances_that_need_no_name() -> None:
    """The row, and the member inside a filter segment."""
    assert (nodes.IT.name, nodes.THIS.name) == ("$it", "$this")
    assert (nodes.IT.span, nodes.THIS.span) == (None, None)
