"""Watching a block of code: it is left as it was, and what is not seen is said."""

import copy
import os
import threading
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.overrides import _get_current_function_mode_stack as modes

import losslab
from doctor_support.training import training
from losslab.core.errors import LosslabError
from losslab.doctor.events import AttributeSet, Forward, LossCall, StateTaken, StepDone
from losslab.doctor.rule import Diagnostic, Rule
from losslab.doctor.watching import open_session

PAGE = """A rule of a test.

What it finds:
    a
Why it hurts:
    b
Bad:
    c
Good:
    d
Blind spots:
    e
"""


def rule(handlers, **more):
    return Rule(code="LL999", name="test", severity="error", page=PAGE, handlers=handlers, **more)


def column_loss():
    return F.mse_loss(torch.ones(8, 1, requires_grad=True), torch.ones(8))


def hooks():
    names = [
        (nn.Module, "__call__"),
        (nn.Module, "train"),
        (nn.Module, "zero_grad"),
        (torch.optim.Optimizer, "__init__"),
        (torch.optim.Optimizer, "zero_grad"),
        (torch.optim.lr_scheduler.LRScheduler, "step"),
        (torch.nn.utils, "clip_grad_norm_"),
    ]
    return [vars(owner)[name] for owner, name in names]


pytestmark = pytest.mark.filterwarnings("ignore:Using a target size")


def test_everything_is_undone_also_after_an_exception():
    before = hooks()
    with losslab.doctor.watch():
        assert hooks() != before
    with pytest.raises(ZeroDivisionError), losslab.doctor.watch():
        _ = 1 / 0
    assert hooks() == before
    assert modes() == []


def test_an_exception_inside_an_optimizer_leaves_the_watch_at_work():
    class Failing(torch.optim.SGD):
        def step(self, closure=None):
            raise RuntimeError("no step")

    with losslab.doctor.watch() as report:
        optimizer = Failing([torch.ones(2, requires_grad=True)], lr=0.1)
        with pytest.raises(RuntimeError, match="no step"):
            optimizer.step()
        nn.Identity()(torch.ones(1))
        column_loss()
    assert [finding.rule for finding in report.findings] == ["LL101"]
    assert modes() == []


def test_calls_after_a_step_that_raised_are_seen_although_no_module_is_called():
    class Failing(torch.optim.SGD):
        def step(self, closure=None):
            raise RuntimeError("no step")

    with losslab.doctor.watch() as outer, losslab.doctor.watch() as inner:
        optimizer = Failing([torch.ones(2, requires_grad=True)], lr=0.1)
        with pytest.raises(RuntimeError, match="no step"):
            optimizer.step()
        column_loss()
    assert [finding.rule for finding in inner.findings] == ["LL101"]
    assert [finding.rule for finding in outer.findings] == ["LL101"]
    assert modes() == []


def test_clipping_is_seen_where_it_was_imported_by_name_before_the_watch():
    before = clip_grad_norm_
    parameter = torch.ones(2, requires_grad=True)
    parameter.sum().backward()
    with losslab.doctor.watch() as report:
        clip_grad_norm_([parameter], 1.0)
        nn.utils.clip_grad_norm_([parameter], 1.0)
    assert report.watched["Clip"] == 2
    assert clip_grad_norm_ is before


def test_a_watch_inside_a_watch_sees_what_the_outer_one_sees():
    with losslab.doctor.watch() as outer:
        column_loss()
        with losslab.doctor.watch() as inner:
            column_loss()
    assert [finding.count for finding in inner.findings] == [1]
    assert [finding.count for finding in outer.findings] == [2]
    assert outer.watched["LossCall"] == 2
    assert inner.watched["LossCall"] == 1


def test_what_rules_compute_is_no_event_of_an_outer_watch():
    def judge(event, case, memory):
        F.mse_loss(torch.ones(3), torch.ones(3))
        return ()

    with losslab.doctor.watch() as outer, losslab.doctor.watch(rules=[rule({LossCall: judge})]):
        F.mse_loss(torch.ones(3), torch.ones(3))
    assert outer.watched["LossCall"] == 1


def test_findings_at_one_place_are_one_finding_with_a_count():
    with losslab.doctor.watch() as report:
        for _ in range(5):
            column_loss()
    (finding,) = report.findings
    assert (finding.count, finding.file) == (5, __file__)
    assert finding.message.startswith("prediction (8, 1), target (8,)")


def test_the_line_named_is_the_users_also_for_a_module_in_a_container():
    class Criterion(nn.Module):
        def forward(self, a, b):
            return nn.Sequential(nn.Identity())(F.mse_loss(a, b))

    with losslab.doctor.watch() as report:
        Criterion()(torch.ones(4, 1), torch.ones(4))
    source = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert "F.mse_loss(a, b)" in source[report.findings[0].line - 1]


def test_a_comment_on_the_line_leaves_it_alone():
    with losslab.doctor.watch() as report:
        F.mse_loss(torch.ones(8, 1), torch.ones(8))  # losslab: ignore[LL101]
        F.mse_loss(torch.ones(8, 1), torch.ones(8))  # losslab: ignore
        F.mse_loss(torch.ones(8, 1), torch.ones(8))  # losslab: ignore[LL202]
    assert len(report.findings) == 1


def test_rules_can_be_selected_and_ignored_by_code_family_and_name():
    def found(**chosen):
        with losslab.doctor.watch(**chosen) as report:
            F.l1_loss(torch.ones(8, 1, requires_grad=True), torch.ones(8).long())
        return [finding.rule for finding in report.findings]

    assert found() == ["LL101", "LL102"]
    assert found(select=["integer-target"]) == found(select="LL102") == ["LL102"]
    assert found(select=["LL1"], ignore=["LL102"]) == ["LL101"]
    with pytest.raises(LosslabError, match="needed the code or name of a rule"):
        found(select=["LL9999"])


def test_pyproject_chooses_rules_and_a_wrong_table_is_an_error(tmp_path, monkeypatch):
    file = tmp_path / "pyproject.toml"
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")
    file.write_text('[tool.losslab.doctor]\nignore = ["LL101"]\n', encoding="utf-8")
    with losslab.doctor.watch() as report:
        column_loss()
    assert report.findings == []
    file.write_text('[tool.losslab.doctor]\nignored = ["LL101"]\n', encoding="utf-8")
    with pytest.raises(LosslabError, match="needed only select and ignore"):
        open_session()


def test_a_rule_that_raises_is_named_and_the_code_goes_on():
    calls = []

    def broken(event, case, memory):
        calls.append(event)
        raise ValueError("oh")

    with losslab.doctor.watch(rules=[rule({LossCall: broken})]) as report:
        column_loss()
        column_loss()
    assert len(calls) == 1
    assert report.unchecked[0] == "rule LL999 could not be checked: ValueError: oh"


def test_a_rule_may_have_the_last_word():
    def finish(case, memory):
        yield Diagnostic(place=memory[0], message=f"{len(memory)} calls", fix="")

    def remember(event, case, memory):
        memory.append(event.place)
        return ()

    last = rule({LossCall: remember}, memory=list, finish=finish)
    with losslab.doctor.watch(rules=[last]) as report:
        column_loss()
        column_loss()
    assert [finding.message for finding in report.findings] == ["2 calls"]


def test_an_exception_is_diagnosed_only_if_nobody_catches_it():
    with losslab.doctor.watch() as report, pytest.raises(RuntimeError):
        nn.Linear(3, 1)(torch.ones(2, 4))
    assert report.findings == []
    with pytest.raises(RuntimeError), losslab.doctor.watch() as failed:
        nn.Linear(3, 1)(torch.ones(2, 4))
    assert [finding.rule for finding in failed.findings] == ["LL001"]


def test_an_exception_raised_from_another_is_diagnosed_by_its_cause():
    def wrapped():
        try:
            nn.Linear(3, 1)(torch.ones(2, 4))
        except RuntimeError as error:
            raise ValueError("outer") from error

    with pytest.raises(ValueError, match="outer"), losslab.doctor.watch() as failed:
        wrapped()
    assert [finding.rule for finding in failed.findings] == ["LL001"]


def test_calls_in_another_thread_are_not_checked_and_it_is_said():
    def train():
        net = nn.Linear(2, 1)
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        F.mse_loss(net(torch.ones(4, 2)), torch.ones(4)).backward()
        optimizer.step()

    with losslab.doctor.watch() as report:
        thread = threading.Thread(target=train)
        thread.start()
        thread.join()
    assert report.findings == []
    assert any("another thread" in sentence for sentence in report.unchecked)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_is_silent():
    with losslab.doctor.watch() as report:
        child = os.fork()
        if child == 0:
            column_loss()
            os._exit(0 if not report.findings else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert report.findings == []


def test_calls_inside_vmap_pass_and_are_said_to_be_unchecked():
    with losslab.doctor.watch() as report:
        out = torch.func.vmap(lambda row: F.mse_loss(row.softmax(0), row))(torch.ones(4, 3))
    assert out.shape == (4,)
    assert any("vmap" in sentence for sentence in report.unchecked)


@pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")
def test_compiling_is_left_out_and_it_is_said():
    net = nn.Linear(3, 1)
    with losslab.doctor.watch() as report:
        compiled = torch.compile(net)
        net.compile()

        @torch.compile(dynamic=True)
        def doubled(x):
            return 2 * x

        assert compiled is net
        assert doubled(3) == 6
    assert any("torch.compile was left out" in sentence for sentence in report.unchecked)


def test_silence_is_no_approval():
    with losslab.doctor.watch() as nothing:
        pass
    assert nothing.findings == []
    assert "nothing about training was checked" in str(nothing)


def test_the_watched_training_gives_bit_for_bit_what_it_gives_alone():
    alone = training().state_dict()
    with losslab.doctor.watch() as report:
        watched_net = training().state_dict()
    assert all(torch.equal(alone[name], watched_net[name]) for name in alone)
    assert report.findings == []
    assert report.watched["Clip"] == report.watched["SchedulerStep"] == report.steps == 6


def test_a_schedules_construction_is_no_step_of_it():
    parameter = torch.ones(1, requires_grad=True)
    with losslab.doctor.watch() as report:
        torch.optim.lr_scheduler.StepLR(torch.optim.SGD([parameter], lr=0.1), 2)
        torch.optim.lr_scheduler.CosineAnnealingLR(torch.optim.SGD([parameter], lr=0.1), 2)
    assert report.watched.get("SchedulerStep", 0) == 0


def test_a_call_of_nested_modules_is_one_forward():
    with losslab.doctor.watch() as report:
        nn.Sequential(nn.Linear(3, 2), nn.Sequential(nn.ReLU()))(torch.ones(2, 3))
    assert report.watched["Forward"] == 1


def test_a_deep_copy_made_during_a_watch_is_as_any_other():
    with losslab.doctor.watch():
        net = copy.deepcopy(nn.Linear(3, 1))
        p = net(torch.ones(2, 3)).sigmoid()
    assert set(vars(p)) == set()


def events_of(kind, code):
    """Run code under watch and give the events of a kind."""
    seen = []

    def note(event, case, memory):
        seen.append(event)
        return ()

    with losslab.doctor.watch(rules=[rule({kind: note})]):
        code()
    return seen


def test_a_state_is_taken_once_of_the_outermost_module_and_holds_its_own_tensors():
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    states = []
    (event,) = events_of(StateTaken, lambda: states.append(net.state_dict()))
    assert event.module is net
    assert event.state is states[0]
    assert event.state["0.weight"].data_ptr() == net[0].weight.data_ptr()


def test_requires_grad_of_a_module_is_seen_when_it_is_set_from_outside():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.requires_grad = "a name of its own"

    net = nn.Linear(3, 2)

    def code():
        Own()
        net.requires_grad = False
        net.training = True
        net.weight.requires_grad = False
        net.requires_grad_(True)

    (event,) = events_of(AttributeSet, code)
    assert (event.module, event.value) == (net, False)


def test_events_are_handed_over_with_number_step_and_due():
    seen = []

    def note(event, case, memory):
        seen.append((event.number, event.step, event.due))
        return ()

    with losslab.doctor.watch(rules=[rule({StepDone: note, Forward: lambda *_: ()})]):
        training(6)
    assert seen == [
        (1, 1, True),
        (2, 2, True),
        (3, 3, True),
        (4, 4, True),
        (5, 5, False),
        (6, 6, False),
    ]
