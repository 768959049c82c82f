"""A graph of causes is read as written, and refused where it cannot be one."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hybridmfp.clinical.cause import Dag, adjustment_set, check_negative_control, open_path
from hybridmfp.clinical.cause.adjustment import is_closed_within
from hybridmfp.errors import ClinicalError

Z, Y = "dose", "score"

# ------------------------------------------------------------------------------ reading


def test_arrows_are_read_in_both_directions_and_in_chains() -> None:
    dag = Dag.from_text("a -> b -> c; c <- d\n a <-> c", unmeasured=["d"])

    assert set(dag.edges) == {
        ("a", "b"),
        ("b", "c"),
        ("d", "c"),
        ("cause_of_a_and_c", "a"),
        ("cause_of_a_and_c", "c"),
    }
    assert dag.unmeasured == {"d", "cause_of_a_and_c"}
    assert dag.measured == ("a", "b", "c")


def test_a_single_name_is_no_list_of_unmeasured_nodes() -> None:
    for declare in (
        lambda: Dag.from_text("a -> b; c -> b", unmeasured="ac"),
        lambda: Dag.from_effects({"a": ["b"], "c": ["b"]}, unmeasured="ac"),
    ):
        with pytest.raises(ClinicalError, match="list of names; got the text 'ac'"):
            declare()


def test_text_and_mapping_declare_the_same_graph() -> None:
    text = Dag.from_text("a -> b; a -> c; b -> c", unmeasured=["a"])

    assert Dag.from_effects({"a": ["b", "c"], "b": ["c"]}, unmeasured=["a"]) == text
    assert Dag.from_text(text.text, unmeasured=text.unmeasured) == text


@pytest.mark.parametrize(
    ("text", "unmeasured", "refusal", "message"),
    [
        ("", (), "missing_input", "at least one edge; got none"),
        ("a -> b -> c -> a", (), "contradictory_inputs", "circle; got a -> b -> c -> a"),
        ("a -> a", (), "contradictory_inputs", "circle; got a -> a"),
        ("a -> b; b <- a; b -> a", (), "contradictory_inputs", "must not go in a circle"),
        ("a -> b", ("c",), "contradictory_inputs", "must be nodes of the DAG; got c"),
        ("a - b", (), "impossible_value", "such as 'age -> dose_h'; got 'a - b'"),
        ("a -> ", (), "impossible_value", "such as 'age -> dose_h'"),
        ("a b -> c", (), "impossible_value", "letters, digits and underscores.*'a b'"),
        ("1a -> c", (), "impossible_value", "letters, digits and underscores"),
    ],
)
def test_what_is_no_graph_of_causes_is_refused(
    text: str, unmeasured: tuple[str, ...], refusal: str, message: str
) -> None:
    with pytest.raises(ClinicalError, match=message) as caught:
        Dag.from_text(text, unmeasured=unmeasured)

    assert caught.value.refusal == refusal


@given(text=st.text(alphabet="ab ->;<\n1", max_size=30))
def test_any_text_gives_a_graph_or_a_named_refusal(text: str) -> None:
    refusal = None
    try:
        Dag.from_text(text, unmeasured=())
    except ClinicalError as error:
        refusal = error.refusal

    assert refusal in (None, "missing_input", "impossible_value", "contradictory_inputs")


# ------------------------------------------------------------------------------ textbook graphs

TEXTBOOK = {
    "chain": ("dose -> m -> score", (), ()),
    "confounder": ("c -> dose -> score; c -> score", (), ("c",)),
    "mediator is not adjusted": ("c -> dose -> m -> score; c -> score; c -> m", (), ("c",)),
    "collider is not adjusted": ("dose -> score; dose -> k; score -> k", (), ()),
    "M-bias": ("dose -> score; u -> dose; u -> m; v -> m; v -> score", ("u", "v"), ()),
    "butterfly needs one wing": (
        "dose -> score; u -> dose; u -> m; v -> m; v -> score; m -> dose; m -> score",
        ("u",),
        ("m", "v"),
    ),
    "instrument is left out": ("z -> dose -> score; c -> dose; c -> score", (), ("c",)),
    "cause of the outcome narrows": ("dose -> score; p -> score", (), ("p",)),
    "proxy of a hidden cause blocks": ("u -> s -> dose -> score; u -> score", ("u",), ("s",)),
    "nothing decided it": ("dose -> score; hidden -> score", ("hidden",), ()),
    "descendant of the treatment that causes the outcome": (
        "c -> dose; c -> score; dose -> adherence -> score; c -> adherence",
        (),
        ("c",),
    ),
}


@pytest.mark.parametrize("name", TEXTBOOK)
def test_textbook_graphs_are_adjusted_as_textbooks_say(name: str) -> None:
    text, unmeasured, expected = TEXTBOOK[name]
    dag = Dag.from_text(text, unmeasured=unmeasured)

    assert set(adjustment_set(dag, Z, Y)) == set(expected)


@pytest.mark.parametrize(
    ("text", "unmeasured", "measure", "path"),
    [
        ("u -> dose -> score; u -> score", ["u"], "Measure u ", "dose <- u -> score"),
        (
            "u -> dose -> score; u -> score; c -> dose; c -> score",
            ["u"],
            "Measure u ",
            "dose <- u -> score",
        ),
        (
            "dose -> score; u -> dose; u -> m; v -> m; v -> score; m -> dose; m -> score",
            ["u", "v"],
            "Measure [uv]",
            "dose <- u -> m <- v -> score",
        ),
        ("u -> s; u -> dose -> score; u -> score", ["u"], "Measure u ", "dose <- u -> score"),
    ],
)
def test_an_unmeasured_confounder_is_refused_with_the_open_path(
    text: str, unmeasured: list[str], measure: str, path: str
) -> None:
    dag = Dag.from_text(text, unmeasured=unmeasured)

    with pytest.raises(ClinicalError, match=f"{path}.*{measure}") as caught:
        adjustment_set(dag, Z, Y)

    assert caught.value.refusal == "not_identified"


@pytest.mark.parametrize(
    ("text", "unmeasured", "refusal", "message"),
    [
        ("a -> score; a -> b", (), "missing_input", "treatment must be a measured node.*got dose"),
        ("dose -> a", (), "missing_input", "outcome must be a measured node.*got score"),
        ("dose -> score", ("dose",), "missing_input", "treatment must be a measured node"),
        ("score -> dose", (), "contradictory_inputs", "must let dose act on score"),
    ],
)
def test_a_graph_without_the_question_is_refused(
    text: str, unmeasured: tuple[str, ...], refusal: str, message: str
) -> None:
    with pytest.raises(ClinicalError, match=message) as caught:
        adjustment_set(Dag.from_text(text, unmeasured=unmeasured), Z, Y)

    assert caught.value.refusal == refusal


# ------------------------------------------------------------------------------ slow reference


def paths(edges: set[tuple[str, str]], start: str, end: str) -> list[list[str]]:
    """All simple paths, whatever way the arrows point."""
    found, walks = [], [[start]]
    while walks:
        walk = walks.pop()
        if walk[-1] == end:
            found.append(walk)
            continue
        nearby = {b for a, b in edges if a == walk[-1]} | {a for a, b in edges if b == walk[-1]}
        walks += [[*walk, node] for node in nearby - set(walk)]
    return found


def below(edges: set[tuple[str, str]], node: str) -> set[str]:
    found, ahead = set(), [node]
    while ahead:
        at = ahead.pop()
        found.add(at)
        ahead += [b for a, b in edges if a == at and b not in found]
    return found


def is_back_door_set(edges: set[tuple[str, str]], given: set[str]) -> bool:
    """The back-door criterion word by word."""
    if given & below(edges, Z):
        return False
    for path in paths(edges, Z, Y):
        if (path[1], Z) not in edges:
            continue
        blocked = False
        for a, b, c in zip(path, path[1:], path[2:], strict=False):
            if (a, b) in edges and (c, b) in edges:
                blocked |= not (below(edges, b) & given)
            else:
                blocked |= b in given
        if not blocked:
            return False
    return True


NAMES = ("a", Z, "b", "c", Y, "d")


@st.composite
def graphs(draw: st.DrawFn) -> Dag:
    order = draw(st.permutations(NAMES))
    pairs = [pair for pair in combinations(order, 2) if set(pair) != {Z, Y}]
    kept = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=11))
    edges = [*kept, (Z, Y) if order.index(Z) < order.index(Y) else (Y, Z)]
    nodes = {node for edge in edges for node in edge}
    others = sorted(nodes - {Z, Y})
    hidden = draw(st.sets(st.sampled_from(others))) if others else set()
    return Dag(tuple(edges), frozenset(hidden))


@settings(max_examples=300, deadline=None)
@given(dag=graphs())
def test_an_effect_is_identified_exactly_when_some_measured_set_meets_the_criterion(
    dag: Dag,
) -> None:
    edges = set(dag.edges)
    if Y not in below(edges, Z):
        with pytest.raises(ClinicalError, match="must let dose act on score"):
            adjustment_set(dag, Z, Y)
        return
    others = [node for node in dag.measured if node not in (Z, Y)]
    subsets = [set(some) for n in range(len(others) + 1) for some in combinations(others, n)]
    identified = any(is_back_door_set(edges, some) for some in subsets)

    if identified:
        found = set(adjustment_set(dag, Z, Y))
        assert found <= set(others)
        assert is_back_door_set(edges, found)
        assert open_path(dag, Z, Y, found) is None
    else:
        with pytest.raises(ClinicalError, match="a back door stays open through dose <-"):
            adjustment_set(dag, Z, Y)


# ------------------------------------------------------------------------------ negative controls

CONTROLLED = Dag.from_text(
    "c -> dose -> score; c -> score; c -> leg; u -> leg; u -> score; dose -> late; w -> free",
    unmeasured=["u"],
)


def test_an_outcome_that_treatment_cannot_touch_is_a_negative_control() -> None:
    check_negative_control(CONTROLLED, "leg", treatment=Z, adjusted=("c",))
    check_negative_control(CONTROLLED, "free", treatment=Z, adjusted=("c",))


@pytest.mark.parametrize(
    ("control", "adjusted", "refusal"),
    [
        ("late", ("c",), "contradictory_inputs"),
        ("score", ("c",), "contradictory_inputs"),
        ("dose", ("c",), "contradictory_inputs"),
        ("c", ("c",), "contradictory_inputs"),
        ("leg", (), "contradictory_inputs"),
        ("u", ("c",), "missing_input"),
        ("nowhere", ("c",), "missing_input"),
    ],
)
def test_what_the_graph_ties_to_the_treatment_is_no_negative_control(
    control: str, adjusted: tuple[str, ...], refusal: str
) -> None:
    with pytest.raises(ClinicalError, match="a negative control must") as caught:
        check_negative_control(CONTROLLED, control, treatment=Z, adjusted=adjusted)

    assert caught.value.refusal == refusal


# ---------------------------------------------------------------------- who was chosen by what


M_GRAPH = "u1 -> dose_h; u1 -> m; u2 -> m; u2 -> score; dose_h -> score"


def test_choosing_persons_by_a_collider_is_refused_with_the_path_that_it_opens() -> None:
    dag = Dag.from_text(M_GRAPH, unmeasured=["u1", "u2"])

    assert adjustment_set(dag, "dose_h", "score") == ()
    with pytest.raises(ClinicalError, match=r"dose_h <- u1 -> m <- u2 -> score.* by m;") as caught:
        adjustment_set(dag, "dose_h", "score", chosen_by=["m"])
    assert caught.value.refusal == "not_identified"


@pytest.mark.parametrize("measured", ["u1", "u2"])
def test_what_closes_the_path_that_a_choice_opens_is_held_fixed(measured: str) -> None:
    dag = Dag.from_text(M_GRAPH, unmeasured={"u1", "u2"} - {measured})

    found = adjustment_set(dag, "dose_h", "score", chosen_by=["m"])

    assert measured in found
    assert is_closed_within(dag, "dose_h", "score", adjusted=found, chosen_by=["m"])


def test_a_cause_of_the_choice_alone_can_close_the_path() -> None:
    text = "u -> dose_h; u -> w -> m; v -> m; v -> score; dose_h -> score"
    dag = Dag.from_text(text, unmeasured=["u", "v"])

    assert adjustment_set(dag, "dose_h", "score") == ()
    assert "w" in adjustment_set(dag, "dose_h", "score", chosen_by=["m"])


@pytest.mark.parametrize("chosen_by", ["c", "dose_h", "not_drawn"])
def test_choosing_by_a_confounder_or_by_the_dose_opens_nothing(chosen_by: str) -> None:
    dag = Dag.from_text("c -> dose_h; c -> score; dose_h -> score", unmeasured=())

    assert adjustment_set(dag, "dose_h", "score", chosen_by=[chosen_by]) == ("c",)


def test_a_negative_control_that_the_choice_ties_to_the_treatment_is_none() -> None:
    dag = Dag.from_text(
        "u -> dose_h; u -> m; v -> m; v -> leg; dose_h -> score", unmeasured=["u", "v"]
    )

    check_negative_control(dag, "leg", treatment="dose_h", adjusted=())
    with pytest.raises(ClinicalError, match="nothing to do with dose_h"):
        check_negative_control(dag, "leg", treatment="dose_h", adjusted=(), chosen_by=["m"])
