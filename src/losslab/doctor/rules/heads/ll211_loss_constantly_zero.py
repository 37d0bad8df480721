"""A loss is exactly zero, at every step of training.

What it finds:
    A loss of PyTorch that has a graph and whose value was exactly 0 in every call looked at, from
    the first on, over at least three optimizer steps; as an error, if its prediction is its target.

Why it hurts:
    These losses have their minimum at zero, so there is nothing left to learn: usually the model's
    output is compared with itself, or all rows are masked or ignored.

Bad:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        output = net(x)
        optimizer.zero_grad()
        F.mse_loss(output, output).backward()
        optimizer.step()

Good:
    net = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(4):
        optimizer.zero_grad()
        F.mse_loss(net(x).squeeze(1), values).backward()
        optimizer.step()

Blind spots:
    Losses written by hand. Losses with a margin, which are zero once it is reached.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from losslab.doctor.events import LossCall
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

LOSSES = (
    *("mse", "l1", "smooth_l1", "huber", "cross_entropy", "nll", "bce", "bce_with_logits"),
    *("kl_div", "poisson_nll", "gaussian_nll", "soft_margin", "ctc"),
)
LEAST_CALLS = 4
LEAST_STEPS = 3


@dataclass
class Zeros:
    """The calls at one place, as long as all losses were zero."""

    name: str
    first_step: int
    itself: bool = True
    last_step: int = 0
    calls: int = 0


Memory = Suspects[Place, Zeros]


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Check the value."""
    # What has no graph is no training, and there all answers may be right.
    if call.name not in LOSSES or not call.due or not call.output.requires_grad:
        return
    zeros = memory.track(call.place, Zeros(call.name, call.step))
    if zeros is None or not call.output.numel():
        return
    if bool(call.output.detach().any()):
        memory.rule_out(call.place)
    zeros.calls += 1
    zeros.last_step = call.step
    zeros.itself &= call.target is call.prediction


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report places where the loss was always zero."""
    for place, zeros in memory.items():
        steps = zeros.last_step - zeros.first_step
        if zeros.calls >= LEAST_CALLS and steps >= LEAST_STEPS:
            cause = "; its prediction and its target are one tensor" if zeros.itself else ""
            yield Diagnostic(
                place=place,
                message=f"{zeros.name} is exactly 0 in all {zeros.calls} calls looked at, over "
                f"{steps} steps{cause}",
                fix="compare the output with the data's target; see that not all of it is masked",
                severity="error" if zeros.itself else "warning",
                count=zeros.calls,
            )


RULE = Rule(
    code="LL211",
    name="loss-constantly-zero",
    severity="warning",
    page=__doc__,
    handlers={LossCall: on_loss},
    memory=Memory,
    finish=finish,
    symptom_of=("LL1", "LL20"),
)
