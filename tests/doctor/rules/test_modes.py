"""Where the rules on modes, graphs and kept states begin to speak, and where they are silent."""

import copy
import gc
import linecache

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.watched import findings_of

INPUTS, HELD = torch.ones(4, 3), torch.zeros(4, 3)
LABELS = torch.tensor([0, 1, 0, 1])


def stack(*between):
    return nn.Sequential(nn.Linear(3, 4), *between, nn.Linear(4, 2))


def with_dropout():
    return stack(nn.Dropout(0.5))


class Always(nn.Module):
    """Batch norm that follows the mode, and dropout that does not."""

    def __init__(self):
        super().__init__()
        self.layer, self.norm = nn.Linear(3, 2), nn.BatchNorm1d(2)

    def forward(self, inputs):
        return F.dropout(self.norm(self.layer(inputs)), 0.5, training=True)


def step_on(net, loss):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def train(net, batches=(INPUTS,)):
    for inputs in batches:
        step_on(net, F.cross_entropy(net(inputs), LABELS[: len(inputs)]))


def train_and(evaluate, net):
    train(net)
    evaluate(net)


@torch.no_grad()
def accuracy(net):
    scores = net(HELD)
    return (scores.argmax(1) == LABELS).float().mean()


@torch.no_grad()
def loss_of(net, inputs=HELD):
    return F.cross_entropy(net(inputs), LABELS[: len(inputs)])


def line_of(found):
    return linecache.getline(found.file, found.line).strip()


@pytest.mark.parametrize(
    ("layers", "noise"),
    [
        ([nn.Dropout(0.5)], "dropout"),
        ([nn.Dropout(1.0)], "dropout"),
        ([nn.BatchNorm1d(4)], "batch norm"),
        ([nn.Dropout(0.5), nn.BatchNorm1d(4)], "batch norm and dropout"),
        ([nn.Dropout(0.5), nn.BatchNorm1d(4, track_running_stats=False)], "dropout"),
    ],
)
def test_evaluating_in_training_mode_names_the_layers_that_were_at_work(layers, noise):
    (found,) = findings_of("LL404", train_and, accuracy, stack(*layers))
    assert (found.severity, found.count, line_of(found)) == ("error", 1, "scores = net(HELD)")
    assert found.message == (
        f"the output was only compared with labels, never trained on, and {noise} was in "
        "training mode"
    )


@pytest.mark.parametrize(
    "metric",
    [
        lambda net: net(HELD).argmax(1) == LABELS,
        lambda net: torch.ne(LABELS, net(HELD).argmax(1)),
        lambda net: (net(HELD)[:, 0] > 0) == LABELS,
        lambda net: nn.Softmax(1)(net(HELD)).argmax(1) == LABELS,
    ],
)
def test_evaluating_in_training_mode_sees_every_decision_that_meets_labels(metric):
    (found,) = findings_of("LL404", train_and, metric, with_dropout())
    assert found.severity == "error"


@pytest.mark.parametrize(
    "loss",
    [
        loss_of,
        lambda net: F.cross_entropy(net(HELD), LABELS),
        torch.no_grad()(lambda net: F.cross_entropy(net(input=HELD), LABELS)),
    ],
    ids=["without a graph", "graph never used", "inputs by keyword"],
)
def test_evaluating_in_training_mode_only_warns_of_a_loss(loss):
    def fit(net):
        step_on(net, F.cross_entropy(net(input=INPUTS), LABELS))
        loss(net)

    (found,) = findings_of("LL404", fit, with_dropout())
    assert (found.severity, found.count) == ("warning", 1)
    assert "only used for a loss, never trained on" in found.message


def test_evaluating_in_training_mode_counts_losses_and_comparisons_of_all_batches():
    def validate(net):
        for batch in (HELD, HELD + 1, HELD):
            with torch.no_grad():
                scores = net(batch)
                F.cross_entropy(scores, LABELS)
                (scores.argmax(1) == LABELS).sum()

    (found,) = findings_of("LL404", train_and, validate, with_dropout())
    assert (found.severity, found.count) == ("error", 6)


@pytest.mark.parametrize(
    "net",
    [
        stack(),
        stack(nn.Dropout(0.0)),
        stack(nn.BatchNorm1d(4, track_running_stats=False)),
        with_dropout().eval(),
        stack(nn.Dropout(0.5).eval()),
        Always().eval(),
    ],
    ids=["no noise", "rate 0", "no statistics", "evaluation", "part in evaluation", "always"],
)
@pytest.mark.parametrize("evaluate", [accuracy, loss_of])
def test_evaluating_in_training_mode_is_silent_where_no_mode_was_forgotten(net, evaluate):
    assert not findings_of("LL404", train_and, evaluate, net)


NO_METRICS = {
    "accuracy of a mean": lambda net: sum(net(HELD) for _ in range(2)).argmax(1) == LABELS,
    "loss of a mean": lambda net: F.cross_entropy(sum(net(HELD) for _ in range(2)), LABELS),
    "another model": lambda net: (net(HELD), stack()(HELD))[1].argmax(1) == LABELS,
    "one class": lambda net: net(HELD).argmax(1) == 1,
    "order": lambda net: net(HELD).argmax(1) > LABELS,
    "two decisions": lambda net: net(HELD).argmax(1) == HELD.argmax(1),
    "no decision": lambda net: net(HELD)[:, 0] == LABELS,
    "loss per row": lambda net: F.cross_entropy(net(HELD), LABELS, reduction="none"),
    "detached": lambda net: F.cross_entropy(net(HELD).detach(), LABELS),
}


@pytest.mark.parametrize("evaluate", NO_METRICS.values(), ids=NO_METRICS)
def test_evaluating_in_training_mode_is_silent_where_no_metric_came_of_one_pass(evaluate):
    assert not findings_of("LL404", train_and, evaluate, with_dropout())


def test_evaluating_in_training_mode_takes_passes_at_two_lines_one_by_one():
    def compare(net):
        for inputs in (HELD, INPUTS):
            before = net(inputs)
            scores = net(inputs)
            assert len(scores.argmax(1) == LABELS) == len(before)

    (found,) = findings_of("LL404", train_and, compare, with_dropout())
    assert (found.count, line_of(found)) == (2, "scores = net(inputs)")


def test_evaluating_in_training_mode_is_silent_without_training():
    assert not findings_of("LL404", accuracy, with_dropout())


def test_evaluating_in_training_mode_is_silent_about_the_line_that_is_trained():
    def fit(net):
        for inputs in (INPUTS, INPUTS + 1, INPUTS + 2):
            scores = net(inputs)
            assert (scores.argmax(1) == LABELS).sum() >= 0
            step_on(net, F.cross_entropy(scores, LABELS))

    assert not findings_of("LL404", fit, with_dropout())


@pytest.mark.parametrize(("trained", "looked_at"), [(INPUTS, INPUTS), (INPUTS[:2], INPUTS[2:])])
def test_evaluating_in_training_mode_takes_losses_of_trained_data_to_be_on_purpose(
    trained, looked_at
):
    def fit(net, *evaluated):
        for inputs in evaluated:
            train(net, [trained])
            loss_of(net, inputs)

    assert not findings_of("LL404", fit, with_dropout(), looked_at)
    # Data that was seen without being trained on stays unknown.
    (found,) = findings_of("LL404", fit, with_dropout(), HELD, HELD)
    assert found.count == 2


class Deciding(nn.Linear):
    """Gives numbers of classes, which have no graph."""

    def forward(self, inputs):
        return super().forward(inputs).argmax(1)


def look(net, times=3, inputs=HELD):
    for _ in range(times):
        net(inputs)


def look_in_evaluation_mode(net, times):
    train(net)
    look(net.eval(), times)


def explain(net):
    for _ in range(3):
        inputs = HELD.clone().requires_grad_()
        net(inputs)[:, 0].sum().backward()


def test_evaluating_with_graph_speaks_from_two_passes_on():
    assert not findings_of("LL407", look_in_evaluation_mode, stack(), 1)
    for times in (2, 5):
        (found,) = findings_of("LL407", look_in_evaluation_mode, stack(), times)
        assert (found.severity, found.count, line_of(found)) == ("advice", times, "net(inputs)")
        assert found.message == (
            f"{times} passes in evaluation mode built graphs that no backward used"
        )


NO_GRAPHS_FOR_NOTHING = {
    "training mode": look,
    "no gradients": torch.no_grad()(lambda net: look(net.eval())),
    "no scores": lambda net: look(Deciding(3, 2).eval()),
    "no parameters": lambda net: look(nn.Softmax(1).eval(), inputs=net(HELD)),
    "gradients of inputs": lambda net: explain(net.eval()),
}


@pytest.mark.parametrize("evaluate", NO_GRAPHS_FOR_NOTHING.values(), ids=NO_GRAPHS_FOR_NOTHING)
def test_evaluating_with_graph_is_silent_where_no_graph_is_built_for_nothing(evaluate):
    assert not findings_of("LL407", train_and, evaluate, stack())


def test_evaluating_with_graph_is_silent_about_training_in_evaluation_mode():
    assert not findings_of("LL407", train, stack().eval(), [INPUTS] * 3)


def test_evaluating_with_graph_is_silent_without_training():
    assert not findings_of("LL407", look, stack().eval())


def keep_the_best(net, copied, steps=2):
    train(net)
    best = copied(net.state_dict())
    train(net, [INPUTS] * steps)
    net.load_state_dict(best)


@pytest.mark.parametrize("steps", [1, 3])
def test_state_dict_not_copied_counts_parameters_and_steps(steps):
    normed = stack(nn.BatchNorm1d(4))  # whose running statistics are no parameters
    (found,) = findings_of("LL408", keep_the_best, normed, dict, steps)
    assert (found.severity, found.count) == ("error", 1)
    assert line_of(found) == "best = copied(net.state_dict())"
    assert found.message == (
        f"this state is the model's own 6 parameters, which {steps} optimizer steps changed "
        f"before line {found.line + 2} loaded it again"
    )


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda state: state | {"1.bias": state["1.bias"].clone()}]
)
def test_state_dict_not_copied_is_silent_about_copies(copied):
    assert not findings_of("LL408", keep_the_best, stack(), copied)


def keep_and_load(change, net, other=None):
    kept = net.state_dict()
    change(net)
    (other or net).load_state_dict(kept, strict=False)


@pytest.mark.parametrize(
    ("change", "net", "other"),
    [
        (lambda net: nn.init.ones_(net[0].weight), stack(), None),
        (lambda net: train(stack()), stack(), None),
        (train, stack(), stack()),
        (lambda net: train(stack()), nn.ReLU(), None),
        (lambda net: train(stack()), torch.inference_mode()(stack)(), stack()),
    ],
    ids=["change by hand", "another is trained", "into another", "no parameters", "inference"],
)
def test_state_dict_not_copied_is_silent_where_no_step_undid_what_was_kept(change, net, other):
    assert not findings_of("LL408", keep_and_load, change, net, other)


def test_state_dict_not_copied_forgets_states_that_are_gone():
    def take_many(net):
        before = len(gc.get_objects())
        states = [net.state_dict() for _ in range(200)]
        del states
        assert len(gc.get_objects()) < before + 200

    findings_of("LL408", take_many, stack())


def evaluate_and_go_on(net, switch=nn.Module.parameters):
    train(net)
    net.eval()
    accuracy(net)
    switch(net)
    train(net, [INPUTS] * 2)


def evaluate_another(net):
    train(net)
    net.eval()
    accuracy(with_dropout().eval())
    train(net)


def go_on_at_another_line(net):
    train(net)
    net.eval()
    accuracy(net)
    step_on(net, F.cross_entropy(net(INPUTS), LABELS))


def train_only_in_evaluation_mode(net):
    train(nn.Linear(3, 2))
    net.eval()
    accuracy(net)
    train(net)


def tune_in_evaluation_mode(net):
    net.eval()
    for _ in range(2):
        train(net)
        accuracy(net)


def train_beside_another(net):
    other = with_dropout()
    for _ in range(2):
        scores = net(INPUTS)
        step_on(net, F.cross_entropy(scores + other(INPUTS), LABELS))
        net.eval()
        accuracy(net)


@pytest.mark.parametrize("layer", [nn.Dropout(0.5), nn.BatchNorm1d(4)])
def test_training_in_eval_mode_counts_the_steps_after_the_evaluation(layer):
    (found,) = findings_of("LL405", evaluate_and_go_on, stack(layer))
    assert (found.severity, found.count) == ("error", 2)
    assert "net(inputs)" in line_of(found)
    assert found.message.startswith("trained in evaluation mode")
    assert found.fix == "model.train() after the evaluation"


@pytest.mark.parametrize("net", [stack(nn.ReLU()), stack(nn.Dropout(0.0)), Always()])
def test_training_in_eval_mode_is_silent_where_evaluation_mode_leaves_nothing_out(net):
    assert not findings_of("LL405", evaluate_and_go_on, net)


@pytest.mark.parametrize("switch", [nn.Module.train, nn.Module.eval])
def test_training_in_eval_mode_is_silent_after_a_switch_on_purpose(switch):
    assert not findings_of("LL405", evaluate_and_go_on, with_dropout(), switch)


@pytest.mark.parametrize(
    "run",
    [
        evaluate_another,
        go_on_at_another_line,
        train_only_in_evaluation_mode,
        tune_in_evaluation_mode,
        train_beside_another,
    ],
)
def test_training_in_eval_mode_is_silent_where_no_evaluation_left_the_mode_to_the_line(run):
    assert not findings_of("LL405", run, with_dropout())
