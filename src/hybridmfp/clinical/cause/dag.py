"""What causes what, declared before anybody looks at the numbers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import networkx as nx

from hybridmfp.errors import ClinicalError

__all__ = ["Dag"]

_NAME = re.compile(r"[A-Za-z_]\w*")
_ARROW = re.compile(r"(<->|->|<-)")


@dataclass(frozen=True)
class Dag:
    """Hold a directed acyclic graph of causes, and what of it nobody measured.

    Attributes
    ----------
    edges : tuple of (str, str)
        Cause and effect.
    unmeasured : frozenset of str
        Nodes that no column of the table holds. All others count as measured, and must be there.

    Raises
    ------
    ClinicalError
        ``missing_input`` without edges; ``contradictory_inputs`` if causes go in a circle, or a
        node is declared unmeasured that no edge has; ``impossible_value`` for an impossible name.

    References
    ----------
    Pearl, J. (2009). *Causality*, 2nd ed. doi:10.1017/CBO9780511803161

    Examples
    --------
    >>> dag = Dag.from_text("age -> dose_h; age -> score; dose_h -> score", unmeasured=())
    >>> dag.nodes
    ('age', 'dose_h', 'score')
    >>> Dag.from_text("age -> dose_h -> score -> age", unmeasured=())
    Traceback (most recent call last):
    hybridmfp.errors.ClinicalError: causes must not go in a circle; got age -> dose_h -> ...
    """

    edges: tuple[tuple[str, str], ...]
    unmeasured: frozenset[str]

    def __post_init__(self) -> None:
        if not self.edges:
            raise ClinicalError(
                "a DAG must have at least one edge; got none. "
                'Declare what causes what, such as "age -> dose_h; dose_h -> score".',
                refusal="missing_input",
            )
        for name in self.nodes:
            _check_name(name)
        unknown = sorted(self.unmeasured - set(self.nodes))
        if unknown:
            raise ClinicalError(
                f"unmeasured nodes must be nodes of the DAG; got {', '.join(unknown)}. "
                "Draw their edges, or leave them out.",
                refusal="contradictory_inputs",
            )
        self._check_acyclic()

    @classmethod
    def from_text(cls, text: str, *, unmeasured: Collection[str]) -> Dag:
        """Read edges such as ``"age -> dose_h -> score; age -> score"``.

        Parameters
        ----------
        text : str
            Statements divided by semicolons or new lines. ``a -> b`` and ``b <- a`` say that a
            causes b; ``a <-> b`` that something unmeasured causes both. Arrows can be chained.
        unmeasured : collection of str
            Nodes that nobody measured; an empty one says that all were.

        Raises
        ------
        ClinicalError
            ``impossible_value`` for a statement that cannot be read, and as `Dag` does.
        """
        edges: list[tuple[str, str]] = []
        hidden = _several(unmeasured)
        for statement in filter(None, (part.strip() for part in re.split(r"[;\n]", text))):
            for first, arrow, second in _links(statement):
                if arrow == "<->":
                    both = f"cause_of_{first}_and_{second}"
                    hidden.add(both)
                    edges += [(both, first), (both, second)]
                else:
                    edges.append((first, second) if arrow == "->" else (second, first))
        return cls(tuple(dict.fromkeys(edges)), frozenset(hidden))

    @classmethod
    def from_effects(
        cls, effects: Mapping[str, Iterable[str]], *, unmeasured: Collection[str]
    ) -> Dag:
        """Take a mapping of causes to what they cause.

        Examples
        --------
        >>> Dag.from_effects({"age": ["dose_h", "score"]}, unmeasured=["age"]).measured
        ('dose_h', 'score')
        """
        edges = [(cause, effect) for cause, several in effects.items() for effect in several]
        return cls(tuple(dict.fromkeys(edges)), frozenset(_several(unmeasured)))

    @property
    def nodes(self) -> tuple[str, ...]:
        """All nodes, in the order in which they were declared."""
        return tuple(dict.fromkeys(node for edge in self.edges for node in edge))

    @property
    def measured(self) -> tuple[str, ...]:
        """The nodes that the table must hold."""
        return tuple(node for node in self.nodes if node not in self.unmeasured)

    @property
    def text(self) -> str:
        """All edges in one line."""
        return "; ".join(f"{cause} -> {effect}" for cause, effect in self.edges)

    def graph(self) -> nx.DiGraph:
        """Give it as a graph of networkx."""
        graph = nx.DiGraph()
        graph.add_edges_from(self.edges)
        return graph

    def descendants(self, node: str) -> frozenset[str]:
        """Give everything that a node causes, itself left out."""
        return frozenset(nx.descendants(self.graph(), node))

    def ancestors(self, nodes: Iterable[str]) -> frozenset[str]:
        """Give some nodes and everything that causes them."""
        graph = self.graph()
        several = list(nodes)
        return frozenset(several).union(*(nx.ancestors(graph, node) for node in several))

    def are_separated(
        self, first: str, second: str, given: Collection[str], *, without_effects_of: str = ""
    ) -> bool:
        """Say whether a DAG lets no association between two nodes pass, some others held fixed.

        Parameters
        ----------
        first, second : str
            Two nodes.
        given : collection of str
            What is adjusted for.
        without_effects_of : str, default none
            A node whose outgoing edges are taken away first, as for the back-door criterion.

        Notes
        -----
        d-separation by networkx.
        """
        graph = self.graph()
        if without_effects_of:
            graph.remove_edges_from(list(graph.out_edges(without_effects_of)))
        return bool(nx.is_d_separator(graph, {first}, {second}, set(given)))

    def as_json(self) -> dict[str, Any]:
        """Give it JSON-ready."""
        return {
            "edges": [list(edge) for edge in self.edges],
            "measured": list(self.measured),
            "unmeasured": sorted(self.unmeasured),
            "text": self.text,
        }

    def _check_acyclic(self) -> None:
        try:
            circle = nx.find_cycle(self.graph())
        except nx.NetworkXNoCycle:
            return
        way = " -> ".join([circle[0][0], *(edge[1] for edge in circle)])
        raise ClinicalError(
            f"causes must not go in a circle; got {way}. "
            "Tell what was measured at different times apart, as score_at_start and score.",
            refusal="contradictory_inputs",
        )


def _several(names: Collection[str]) -> set[str]:
    if isinstance(names, str):  # which would be taken letter by letter
        raise ClinicalError(
            f"unmeasured must be a list of names; got the text {names!r}. Write [{names!r}].",
            refusal="impossible_value",
        )
    return set(names)


def _links(statement: str) -> Iterable[tuple[str, str, str]]:
    parts = [part.strip() for part in _ARROW.split(statement)]
    if len(parts) < 3 or not all(parts):
        raise ClinicalError(
            f"a statement of a DAG must be such as 'age -> dose_h'; got {statement!r}. "
            "Divide statements by semicolons.",
            refusal="impossible_value",
        )
    for name in parts[::2]:
        _check_name(name)
    for (first, second), arrow in zip(pairwise(parts[::2]), parts[1::2], strict=True):
        yield first, arrow, second


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ClinicalError(
            "a node of a DAG must be named by letters, digits and underscores, such as dose_h; "
            f"got {name!r}. Name columns and nodes alike.",
            refusal="impossible_value",
        )
