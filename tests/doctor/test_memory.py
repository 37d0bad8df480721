"""What the doctor remembers does not grow with the number of steps."""

import gc

import torch
import torch.nn.functional as F
from torch import nn

from doctor_support.training import training
from losslab.doctor.watching import intercept, open_session


def live_tensors():
    gc.collect()
    # Asking a lazy module for its class warns; its type can be asked without.
    return sum(issubclass(type(one), torch.Tensor) for one in gc.get_objects())


def test_memory_is_flat_in_the_number_of_steps():
    session = open_session()
    with intercept(session):
        training(8)
        before, entries = live_tensors(), len(session.state.provenance)
        training(64)
        assert live_tensors() <= before + 2
        assert len(session.state.provenance) <= entries + 2


def test_ten_thousand_steps_leave_no_more_objects_behind_than_a_hundred():
    net = nn.Linear(2, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4)
    rows, target = torch.ones(4, 2), torch.ones(4, 1)

    def train(steps):
        for _ in range(steps):
            optimizer.zero_grad()
            F.mse_loss(net(rows), target).backward()
            optimizer.step()
        gc.collect()
        return len(gc.get_objects())

    with intercept(open_session()):
        before = train(100)
        assert train(10_000) < before + 100


def test_an_optimizer_that_is_gone_is_forgotten():
    session = open_session()
    with intercept(session):
        for _ in range(50):
            parameter = torch.nn.Parameter(torch.ones(2))
            optimizer = torch.optim.SGD([parameter], lr=0.1)
            (parameter * 2).sum().backward()
            optimizer.step()
        del optimizer, parameter
        gc.collect()
        assert list(session.state.optimizers) == []
        assert len(session.state._optimizers) == 0
