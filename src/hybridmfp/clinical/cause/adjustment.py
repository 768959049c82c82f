"""What must be held fixed so that a difference is an effect, and whether it can be."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice, pairwise

import networkx as nx

from hybridmfp.clinical.cause.dag import Dag
from hybridmfp.errors import ClinicalError

__all__ = ["adjustment_set", "check_negative_control", "is_closed_within", "open_path"]

_MOST_PATHS = 2000  # that are tried to show one that is open; a DAG of people has fewer
_CHOSEN = "chosen"  # the node that stands for having been chosen


def adjustment_set(
    dag: Dag, treatment: str, outcome: str, *, chosen_by: Collection[str] = ()
) -> tuple[str, ...]:
    """Find measured nodes that close every back door from the treatment to the outcome.

    By the back-door criterion: nothing that the treatment causes, and what is left separates the
    two once the treatment's own effects are taken out of the graph. Causes of treatment or outcome
    are enough, if anything is; a collider that causes neither is never held fixed. Nodes that tell
    the treatment alone are left out, because they widen the interval; causes of the outcome alone
    stay in, because they narrow it.

    Choosing persons by a node holds something of it fixed, whether one wants to or not. That opens
    a path through it if it is a collider; then what closes the path must be held fixed, too.

    Parameters
    ----------
    dag : Dag
    treatment, outcome : str
        Two measured nodes, the first a cause of the second.
    chosen_by : collection of str, default none
        Columns by which persons were chosen; those that the DAG does not have are passed over.

    Returns
    -------
    tuple of str
        In the order of the DAG's nodes; empty if there is nothing to hold fixed.

    Raises
    ------
    ClinicalError
        ``not_identified`` if an unmeasured cause leaves a back door open, named with what should
        have been measured; ``missing_input`` if treatment or outcome is no measured node;
        ``contradictory_inputs`` if the DAG says that the treatment does not act on the outcome.

    References
    ----------
    Pearl, J. (2009). *Causality*, 2nd ed., section 3.3. doi:10.1017/CBO9780511803161

    van der Zander, B., Liskiewicz, M., Textor, J. (2014). Constructing separators and adjustment
    sets in ancestral graphs. *UAI 2014*.

    Examples
    --------
    >>> edges = "age -> dose_h -> score; age -> score; motivation -> dose_h; motivation -> score"
    >>> adjustment_set(Dag.from_text(edges, unmeasured=()), "dose_h", "score")
    ('age', 'motivation')
    >>> adjustment_set(Dag.from_text(edges, unmeasured=["motivation"]), "dose_h", "score")
    Traceback (most recent call last):
    hybridmfp.errors.ClinicalError: the effect of dose_h on score must not be mixed with ...
    """
    _check_ends(dag, treatment, outcome)
    drawn, given = _with_choice(dag, chosen_by, treatment)
    allowed = _allowed(drawn, treatment, outcome, given)
    held = [node for node in allowed if node in dag.measured]
    if not _closes(drawn, treatment, outcome, [*held, *given]):
        raise ClinicalError(
            _not_identified(drawn, treatment, outcome, held, given), refusal="not_identified"
        )
    return _without_needless(drawn, treatment, outcome, held, given)


def is_closed_within(
    dag: Dag,
    treatment: str,
    outcome: str,
    *,
    adjusted: Collection[str],
    chosen_by: Collection[str],
) -> bool:
    """Say whether every back door is closed among persons who were chosen by some columns.

    Examples
    --------
    >>> edges = "u -> dose_h; u -> falls; v -> falls; v -> score; dose_h -> score"
    >>> dag = Dag.from_text(edges, unmeasured=["u", "v"])
    >>> is_closed_within(dag, "dose_h", "score", adjusted=(), chosen_by=["falls"])
    False
    """
    drawn, given = _with_choice(dag, chosen_by, treatment)
    return _closes(drawn, treatment, outcome, [*adjusted, *given])


def open_path(dag: Dag, treatment: str, outcome: str, given: Collection[str]) -> str | None:
    """Show a back door that is open, such as ``dose_h <- motivation -> score``; None if none is.

    Shorter ones are shown first; of a graph with more than 2000 paths, only these are tried.
    """
    graph = dag.graph()
    graph.remove_edges_from(list(graph.out_edges(treatment)))
    skeleton = graph.to_undirected()
    if not nx.has_path(skeleton, treatment, outcome):
        return None
    opened = dag.ancestors(given) if given else frozenset()
    for path in islice(nx.shortest_simple_paths(skeleton, treatment, outcome), _MOST_PATHS):
        if _is_open(dag, path, set(given), opened):
            return _drawn(dag, path)
    return None


def check_negative_control(
    dag: Dag,
    control: str,
    *,
    treatment: str,
    adjusted: Collection[str],
    chosen_by: Collection[str] = (),
) -> None:
    """Refuse a negative control outcome on which the DAG does not predict an effect of zero.

    Persons were chosen by `chosen_by`, as in `adjustment_set`.

    Raises
    ------
    ClinicalError
        ``missing_input`` if it is no measured node; ``contradictory_inputs`` if the treatment acts
        on it, if it is adjusted for, or if the DAG leaves it associated with the treatment.
    """
    if control not in dag.measured:
        raise ClinicalError(
            f"a negative control must be a measured node of the DAG; got {control}. "
            "Draw what causes it; above all, what might confound the treatment.",
            refusal="missing_input",
        )
    drawn, given = _with_choice(dag, chosen_by, treatment)
    separated = control not in {treatment, *adjusted} and drawn.are_separated(
        control, treatment, {*adjusted, *given}
    )
    if not separated:  # which whatever the treatment causes never is
        raise ClinicalError(
            f"a negative control must have nothing to do with {treatment} once "
            f"{_listed(adjusted)} held fixed; got {control}, where the DAG says otherwise. "
            "Choose an outcome that the treatment cannot touch, or correct the DAG.",
            refusal="contradictory_inputs",
        )


def _check_ends(dag: Dag, treatment: str, outcome: str) -> None:
    for role, node in (("treatment", treatment), ("outcome", outcome)):
        if node not in dag.measured:
            raise ClinicalError(
                f"the {role} must be a measured node of the DAG; got {node}. "
                f"The measured nodes are {', '.join(dag.measured)}.",
                refusal="missing_input",
            )
    if outcome not in dag.descendants(treatment):
        raise ClinicalError(
            f"the DAG must let {treatment} act on {outcome}; it has no path of arrows from one to "
            f"the other. Add {treatment} -> {outcome}; the estimate says whether it is zero.",
            refusal="contradictory_inputs",
        )


def _with_choice(
    dag: Dag, chosen_by: Collection[str], treatment: str
) -> tuple[Dag, tuple[str, ...]]:
    """Draw having been chosen as an effect of what it was done by; give that node, if any."""
    by = [node for node in dag.nodes if node in chosen_by and node != treatment]
    if not by:
        return dag, ()
    name = _CHOSEN
    while name in dag.nodes:
        name += "_"
    return Dag((*dag.edges, *((node, name) for node in by)), dag.unmeasured), (name,)


def _allowed(dag: Dag, treatment: str, outcome: str, given: Collection[str]) -> list[str]:
    """Causes of either, or of having been chosen, that the treatment does not cause."""
    causes = dag.ancestors([treatment, outcome, *given]) - dag.descendants(treatment)
    return [node for node in dag.nodes if node in causes - {treatment, *given}]


def _closes(dag: Dag, treatment: str, outcome: str, held: Iterable[str]) -> bool:
    return dag.are_separated(treatment, outcome, set(held), without_effects_of=treatment)


def _without_needless(
    dag: Dag,
    treatment: str,
    outcome: str,
    held: Collection[str],
    given: Collection[str],
) -> tuple[str, ...]:
    """Leave out what is not needed and tells nothing more about the outcome."""
    kept = list(held)
    for node in held:
        others = [one for one in kept if one != node]
        tells_nothing = dag.are_separated(node, outcome, {*others, *given, treatment})
        if tells_nothing and _closes(dag, treatment, outcome, [*others, *given]):
            kept = others
    return tuple(kept)


def _not_identified(
    dag: Dag, treatment: str, outcome: str, held: list[str], given: Collection[str]
) -> str:
    allowed = _allowed(dag, treatment, outcome, given)
    wanted = _without_needless(dag, treatment, outcome, allowed, given)
    missing = [node for node in wanted if node in dag.unmeasured]
    path = open_path(dag, treatment, outcome, [*held, *given])
    shown = "" if path is None else f" through {path}"
    by = [cause for cause, effect in dag.edges if effect in given]
    choice = f", or do not choose persons by {', '.join(by)}" if by else ""
    return (
        f"the effect of {treatment} on {outcome} must not be mixed with what decided "
        f"{treatment}; a back door stays open{shown}. Measure {', '.join(missing)} before the "
        f"treatment is decided{choice}; no analysis can make up for it."
    )


def _is_open(dag: Dag, path: list[str], given: set[str], opened: frozenset[str]) -> bool:
    edges = set(dag.edges)
    for before, node, after in zip(path, path[1:], path[2:], strict=False):
        is_collider = (before, node) in edges and (after, node) in edges
        if is_collider != (node in (opened if is_collider else given)):
            return False
    return True


def _drawn(dag: Dag, path: list[str]) -> str:
    words = [path[0]]
    for before, after in pairwise(path):
        words += ["->" if (before, after) in dag.edges else "<-", after]
    return " ".join(words)


def _listed(adjusted: Collection[str]) -> str:
    return f"{', '.join(adjusted)} are" if adjusted else "nothing is"
