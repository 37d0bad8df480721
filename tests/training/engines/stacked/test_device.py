"""A step of the stacked engine neither waits for the device nor brings anything to it."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from engine_samples import CLASSES, tables
from losslab.objectives.catalog import PAIRINGS
from losslab.training.catalog import OPTIMIZERS
from losslab.training.engines.stacked.batches import plan_steps
from losslab.training.engines.stacked.engine import _StackedFleet
from losslab.training.result import Hooks
from losslab.training.run import Run

# What reads a number of a tensor, makes a tensor from numbers, or moves one.
WAITING = ("_local_scalar_dense", "nonzero", "lift_fresh", "_to_copy", "is_nonzero", "equal")


class Counted(TorchDispatchMode):
    """Counts the operations that would wait for a device, or bring something to it."""

    def __init__(self):
        super().__init__()
        self.seen = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))

    def waiting(self):
        return {name: self.seen[name] for name in WAITING if self.seen[name]}


def make_fleet(device, **settings):
    usual = {"task": "binary", "hidden": (8, 8), "epochs": 1, "schedule": "cosine"}
    runs = [
        Run(**{**usual, "loss": loss, "seed": seed, "split": seed, **settings})
        for loss in ("bce_with_logits", "hinge")
        for seed in range(2)
    ]
    splits = tables("binary", n_rows=203)
    # 130 and 131 rows in batches of 26: one model rests at the last step.
    return _StackedFleet(runs, splits, Hooks(), torch.device(device))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_longer_epoch_waits_no_more_often_than_a_short_one(optimizer):
    counts = []
    for batch_size in (13, 26):  # in both a model rests once
        with torch.no_grad():
            fleet = make_fleet("cpu", optimizer=optimizer, batch_size=batch_size)
            with Counted() as counted:
                fleet.train_epoch(0)
        counts.append(counted.waiting())
    assert counts[0] == counts[1]


def test_an_operation_that_waits_is_counted():
    with Counted() as counted:
        bool(torch.ones(1).any())
        torch.tensor([1.0, 2.0])
    assert set(counted.waiting()) >= {"_local_scalar_dense"}


@pytest.mark.parametrize("settings", [{}, {"dropout": 0.5}, {"dtype": "float64"}], ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_on_another_device_reads_no_number_and_mixes_no_devices(optimizer, settings):
    # Tensors on the meta device have shapes and dtypes but no numbers: to read one is an error,
    # and so is an operation that mixes them with tensors of the host.
    with torch.no_grad():
        fleet = make_fleet("meta", optimizer=optimizer, batch_size=26, **settings)
        plan = plan_steps(fleet.runs, [130, 130, 131, 131], 0, fleet.data.features)
        batches = list(fleet.data.iterate_epoch(0))
        losses = torch.zeros(4, device="meta")
        assert [batch.resting is not None for batch in batches] == [False] * 5 + [True]
        for t, batch in enumerate(batches):
            fleet.train_step(batch, plan, t, losses)
    assert fleet.fleet.weights.device.type == fleet.gradient.device.type == "meta"


@pytest.mark.parametrize("pair", PAIRINGS, ids=lambda p: f"{p.task}-{p.loss}-{p.head}")
def test_no_loss_reads_a_number_in_a_step(pair):
    run = Run(
        loss=pair.loss,
        head=pair.head,
        task=pair.task,
        n_classes=CLASSES.get(pair.task),
        hidden=(8,),
    )
    with torch.no_grad():
        fleet = _StackedFleet([run, run], tables(pair.task), Hooks(), torch.device("meta"))
        plan = plan_steps(fleet.runs, [130, 130], 0, fleet.data.features)
        for t, batch in enumerate(fleet.data.iterate_epoch(0)):
            fleet.train_step(batch, plan, t, torch.zeros(2, device="meta"))
    assert fleet.gradient.shape == (2, 32, run.objective.width)


@pytest.mark.parametrize("name", ["lr", "count"])
def test_a_column_left_on_the_host_is_noticed(name):
    with torch.no_grad():
        fleet = make_fleet("meta", batch_size=26)
        plan = plan_steps(fleet.runs, [130, 130, 131, 131], 0, fleet.data.features)
        strayed = replace(plan, **{name: torch.ones_like(getattr(plan, name), device="cpu")})
        batch = next(iter(fleet.data.iterate_epoch(0)))
        with pytest.raises(RuntimeError, match="meta"):
            fleet.train_step(batch, strayed, 0, torch.zeros(4, device="meta"))
