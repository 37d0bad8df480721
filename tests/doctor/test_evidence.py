"""Evidence: origins followed through what leaves them true, values, graphs, folding."""

import gc

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from losslab.doctor.evidence.graph import get_stamp, reach
from losslab.doctor.evidence.values import count_distributions, summarize_values
from losslab.doctor.finding import Finding
from losslab.doctor.report import fold_findings
from losslab.doctor.rule import Rule
from losslab.doctor.watching import intercept, open_session


@pytest.fixture
def case():
    session = open_session()
    with intercept(session):
        yield session.state


KEPT = {
    "itself": (lambda p: p, 1),
    "view": (lambda p: p.view(4, 3, 5, 1), 1),
    "flattened behind": (lambda p: p.flatten(2), 1),
    "detach": (lambda p: p.detach(), 1),
    "data": (lambda p: p.data, 1),
    "double": (lambda p: p.double(), 1),
    "clone on the cpu": (lambda p: p.clone().cpu().contiguous(), 1),
    "permute": (lambda p: p.permute(0, 2, 1), 2),
    "transpose": (lambda p: p.transpose(1, 2), 2),
    "unsqueeze": (lambda p: p.unsqueeze(1), 2),
    "squeeze": (lambda p: p.unsqueeze(-1).squeeze(-1), 1),
    "one row": (lambda p: p[0], 0),
    "some rows": (lambda p: p[1:3], 1),
    "chosen rows": (lambda p: p[torch.tensor([0, 2])], 1),
    "masked rows": (lambda p: p[torch.tensor([True, False, True, True])], 1),
    "one place": (lambda p: p[:, :, 2], 1),
    "ellipsis": (lambda p: p[..., 0], 1),
    "new axis": (lambda p: p[:, None], 2),
    "cat": (lambda p: torch.cat([p, p]), 1),
    "chunk": (lambda p: p.chunk(2)[0], 1),
    "tiny": (lambda p: p + 1e-8, 1),
    "clamp": (lambda p: p.clamp(1e-7, 1 - 1e-7), 1),
    "dropout in evaluation": (lambda p: F.dropout(p, training=False), 1),
}


@pytest.mark.parametrize("name", KEPT)
def test_softmax_is_followed_with_its_axis_and_its_rows_sum_to_one_there(case, name):
    change, axis = KEPT[name]
    changed = change(torch.randn(4, 3, 5, requires_grad=True).softmax(1))
    origin = case.find_origin(changed)
    assert origin.name == "softmax"
    assert origin.axis == axis - changed.ndim
    assert torch.allclose(changed.sum(axis), torch.ones(()).to(changed.dtype), atol=1e-6)


TAKEN_APART = {
    "one column": lambda p: p[:, 1],
    "some columns": lambda p: p[:, :2],
    "flat": lambda p: p.flatten(),
    "select": lambda p: p.select(1, 0),
    "parts": lambda p: p.unbind(1)[0],
    "joined columns": lambda p: torch.cat([p, p], 1),
}


@pytest.mark.parametrize("name", TAKEN_APART)
def test_rows_taken_apart_are_still_softmax_but_along_no_axis(case, name):
    changed = TAKEN_APART[name](torch.randn(4, 3, 5).softmax(1))
    origin = case.find_origin(changed)
    assert (origin.name, origin.axis) == ("softmax", None)


def test_scores_are_followed_with_the_axis_of_the_layers_outputs(case):
    scores = nn.Linear(5, 3)(torch.randn(4, 7, 5))
    assert (case.find_origin(scores).axis, case.find_origin(scores).columns) == (-1, 3)
    assert case.find_origin(nn.Conv2d(5, 3, 1)(torch.randn(4, 5, 2, 2)).flatten(2)).axis == -2
    assert not case.find_origin(scores.transpose(1, 2)).mixed


def test_a_view_that_takes_rows_apart_is_known_until_the_next_view(case):
    scores = nn.Linear(5, 3)(torch.randn(4, 7, 5))
    assert case.find_origin(scores.view(4, 3, 7)).mixed
    assert case.find_origin(scores.view(4, 3, 7).transpose(1, 2)).mixed
    assert not case.find_origin(scores.view(4, 21).view(4, 7, 3)).mixed
    assert not case.find_origin(scores[:, :, :2].reshape(4, 2, 7)).mixed


DROPPED = {
    "scaled": lambda p: p * 2,
    "shifted": lambda p: p - 0.5,
    "squared": lambda p: p.pow(2),
    "sum": lambda p: p.sum(1),
    "mixed": lambda p: p + p,
    "in place": lambda p: p.mul_(2),
    "integers": lambda p: p.long(),
    "clamped hard": lambda p: p.clamp(0.2, 0.8),
    "joined with others": lambda p: torch.cat([p, torch.ones(1, 3, 5)]),
    "assigned": lambda p: p.__setitem__(0, 1.0) or p,
}


@pytest.mark.parametrize("name", DROPPED)
def test_what_changes_the_values_drops_the_origin(case, name):
    origin = case.find_origin(DROPPED[name](torch.randn(4, 3, 5).softmax(1)))
    assert origin is None or origin.name != "softmax"


def test_an_origin_says_what_its_input_came_from_and_that_the_graph_was_cut(case):
    scores = nn.Linear(2, 3)(torch.ones(4, 2))
    with torch.no_grad():
        again = scores.softmax(1).detach().softmax(1)
    assert case.find_origin(again).chain() == ("softmax", "softmax", "linear")
    assert case.find_origin(scores.softmax(1).detach()).detached
    assert not case.find_origin(scores.softmax(1)).detached


def test_a_new_tensor_never_inherits_the_origin_of_one_that_is_gone(case):
    for _ in range(200):
        made = torch.rand(3)
        assert case.find_origin(made) is None
        gone = made.softmax(0)
        assert case.find_origin(gone) is not None
        del made, gone
    assert len(case.provenance) == 0


def test_a_recurrent_state_keeps_a_short_chain(case):
    state = torch.zeros(4)
    for _ in range(50):
        state = state.tanh()
    assert len(case.find_origin(state).chain()) <= 8


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_softmax_rows_count_distributions_in_every_precision_and_scores_are_not(half):
    torch.manual_seed(0)
    scores = torch.randn(40, 10)
    assert count_distributions(scores.softmax(1).to(half), 1)
    assert not count_distributions(scores.to(half), 1)


def test_values_are_summed_up():
    signs = summarize_values(torch.tensor([1, -1, -1]))
    assert (signs.kinds, signs.integral, signs.within(-1, 1)) == ((-1.0, 1.0), True, True)
    assert summarize_values(torch.tensor([1.0, float("nan")])).finite is False
    assert summarize_values(torch.empty(0)) is None
    assert summarize_values(torch.tensor([0.0] * 1000 + [0.5])).integral is False
    assert summarize_values(torch.rand(1000)).kinds == ()
    assert summarize_values(torch.ones(3)).kinds == (1.0,)
    for few in ([0.0, 1.0], [-1.0, 0.5, 1.0]):
        assert summarize_values(torch.tensor(few).repeat_interleave(100_000)).kinds == tuple(few)
    assert summarize_values(torch.tensor([0.0] * 1000 + [1.0])).kinds == (0.0, 1.0)
    assert summarize_values(torch.tensor([0.0, 1.0, 2.0, 3.0])).kinds == ()
    assert summarize_values(torch.zeros(300, 300)).sampled


def test_scores_know_the_weight_of_their_layer_without_keeping_it_alive(case):
    first, second = nn.Linear(5, 3), nn.Conv1d(5, 3, 1)
    x = torch.randn(4, 5)
    scores, probabilities = first(x), first(x).softmax(1)
    assert case.find_origin(scores).weight() is first.weight
    assert case.find_origin(scores.detach()[:2]).weight() is first.weight
    assert case.find_origin(probabilities).weight is None
    assert case.find_origin(probabilities).of.weight() is first.weight
    assert case.find_origin(second(torch.randn(4, 5, 2))).weight() is second.weight
    kept = case.find_origin(first(x)[0].detach())
    scores = probabilities = first = None
    gc.collect()
    assert kept.weight() is None


def test_a_walk_finds_the_leaves_and_the_operations_behind_a_loss():
    net, other = nn.Linear(2, 1), nn.Linear(2, 1)
    hidden = net(torch.ones(3, 2))
    seen = reach([hidden.mean(), hidden.sum()])
    assert {id(leaf) for leaf in seen.leaves} == {id(one) for one in net.parameters()}
    assert get_stamp(hidden) in seen.nodes
    assert get_stamp(other(torch.ones(3, 2))) not in seen.nodes
    assert reach([hidden.detach()]).leaves == ()


def finding(rule, line, severity="error"):
    return Finding(
        rule=rule, name=rule, severity=severity, file="a", line=line, message="", why="", fix="",
        count=1,
    )  # fmt: skip


def test_a_symptom_is_shown_below_the_nearest_error_that_explains_it():
    page = "s\n\nWhat it finds\n a\n"
    made = {
        code: Rule(
            code=code, name=code, severity="error", page=page, handlers={}, symptom_of=causes
        )
        for code, causes in (("LL101", ()), ("LL301", ()), ("LL501", ("LL1", "LL3")))
    }
    symptom = finding("LL501", 9, "warning")
    left = fold_findings([symptom, finding("LL101", 1), finding("LL301", 8)], made)
    assert [(one.rule, [under.rule for under in one.symptoms]) for one in left] == [
        ("LL101", []),
        ("LL301", ["LL501"]),
    ]
    assert fold_findings([symptom], made) == [symptom]
