"""A sequence model is trained to predict the token it has just read.

What it finds:
    cross_entropy or nll_loss of a model with one recurrent layer in one direction, whose targets
    are the very tokens that the model got and that its embedding looked up, position by position,
    in every call looked at.

Why it hurts:
    A language model should predict the next token. Copying the current one brings the loss to zero
    and teaches nothing about sequences.

Bad:
    tokens, embed, rnn = labels.view(4, 8), nn.Embedding(3, 4), nn.GRU(4, 3, batch_first=True)
    for _ in range(3):
        scores = rnn(embed(tokens))[0]
        loss = F.cross_entropy(scores.transpose(1, 2), tokens)

Good:
    tokens, embed, rnn = labels.view(4, 8), nn.Embedding(3, 4), nn.GRU(4, 3, batch_first=True)
    for _ in range(3):
        scores = rnn(embed(tokens[:, :-1]))[0]
        loss = F.cross_entropy(scores.transpose(1, 2), tokens[:, 1:])

Blind spots:
    Models with attention: whether a mask hides the token itself is not known. Two recurrent
    modules, which may be an encoder and a decoder. Targets shifted by two. Cells that get one token
    at a time.
"""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from losslab.doctor.events import Activation, Forward, LossCall
from losslab.doctor.evidence.axes import OF_CLASSES, is_integer
from losslab.doctor.evidence.records import Suspects
from losslab.doctor.evidence.values import MOST_VALUES, as_readable
from losslab.doctor.rule import Diagnostic, Place, Rule, WatchState

if TYPE_CHECKING:
    from torch import Tensor

LEAST_CALLS = 2
LEAST_TOKENS = 8
MOST_LOOKUPS = 16


@dataclass
class Memory:
    """The last tokens, weakly; the recurrent layers run since; counts of equal calls by place.

    ``lookups`` are the indices that were embedded since the last loss: a model may shift the
    tokens it is given by itself.
    """

    tokens: "weakref.ref[Tensor] | None" = None
    layers: set[int] = field(default_factory=set)
    both_ways: bool = False
    lookups: "list[weakref.ref[Tensor]]" = field(default_factory=list)
    equal: Suspects[Place, int] = field(default_factory=Suspects)


def on_forward(event: Forward, state: WatchState, memory: Memory) -> None:
    """Remember tokens, and which recurrent layers they go through."""
    from torch import nn

    given = as_readable(event.inputs[0]) if event.inputs else None
    if given is not None and is_integer(given) and given.numel() >= LEAST_TOKENS:
        memory.tokens, memory.layers, memory.both_ways = weakref.ref(given), set(), False
    for module in event.module.modules() if memory.tokens is not None else ():
        if isinstance(module, nn.RNNBase | nn.RNNCellBase):
            memory.layers.add(id(module))
            memory.both_ways |= bool(getattr(module, "bidirectional", False))
        elif isinstance(module, nn.MultiheadAttention):
            memory.both_ways = True


def on_lookup(event: Activation, state: WatchState, memory: Memory) -> None:
    """Remember what was embedded."""
    if event.name in ("embedding", "one_hot") and len(memory.lookups) < MOST_LOOKUPS:
        memory.lookups.append(weakref.ref(event.input))


def on_loss(call: LossCall, state: WatchState, memory: Memory) -> None:
    """Compare the target with the tokens."""
    target = call.target
    lookups = [reference() for reference in memory.lookups]
    memory.lookups.clear()
    if call.name not in OF_CLASSES or not call.due or target is None or not is_integer(target):
        return
    tokens = None if memory.tokens is None else memory.tokens()
    copied = (
        len(memory.layers) == 1
        and not memory.both_ways
        and _are_same(tokens, target)
        and any(_are_same(indices, target) for indices in lookups)
    )
    calls = memory.equal.track(call.place, 0)
    if not copied:
        memory.equal.rule_out(call.place)
    elif calls is not None:
        memory.equal[call.place] = calls + 1


def _are_same(tokens: "Tensor | None", target: "Tensor") -> bool:
    """Tell whether both hold the same tokens in the same order, and not all of one kind."""
    if tokens is None or tokens.numel() != target.numel():
        return False
    one, two = tokens.reshape(-1)[:MOST_VALUES], target.reshape(-1)[:MOST_VALUES]
    return bool((one == two).all()) and bool((one != one[0]).any())


def finish(state: WatchState, memory: Memory) -> Iterator[Diagnostic]:
    """Report the places where every target was the input."""
    for place, calls in memory.equal.items():
        if calls >= LEAST_CALLS:
            yield Diagnostic(
                place=place,
                message="the targets equal the tokens that the model was given, place by place, "
                f"in all {calls} calls looked at",
                fix="scores = model(tokens[:, :-1]); target = tokens[:, 1:]",
                count=calls,
            )


RULE = Rule(
    code="LL111",
    name="sequence-not-shifted",
    severity="warning",
    page=__doc__,
    handlers={Forward: on_forward, Activation: on_lookup, LossCall: on_loss},
    memory=Memory,
    finish=finish,
)
