"""What a penalty path was asked to do, and its strengths as a range or a list."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

from losslab.core.errors import OptionError, UnknownNameError
from losslab.core.options import Option, Parameter, number, split_values
from losslab.core.registry import suggest
from losslab.elementary.scalar import exp, log
from losslab.experiment.options import NamedOption, parse_named

if TYPE_CHECKING:
    from losslab.training.penalty import Penalty

RANGE = "1e-4:1e2:24"
MOST = 1000
MOST_RUNS = 20_000
# In the fixed number of steps, a linear model has further to go: large weights on few features.
RATE, LINEAR_RATE = 0.01, 0.1


def parse_alphas(value: Any) -> tuple[float, ...]:
    """Parse ``low:high:count``, both ends included and in equal ratios, or a rising list.

    Examples:
        >>> parse_alphas("0.01:1:3"), parse_alphas("0, 0.5, 2"), parse_alphas([0.1, 1])
        ((0.01, 0.1, 1.0), (0.0, 0.5, 2.0), (0.1, 1.0))
    """
    texts = split_values(value)
    if len(texts) == 1 and isinstance(texts[0], str) and ":" in texts[0]:
        return _parse_range(texts[0])
    alphas = tuple(_ALPHA.read(Parameter("alphas", RANGE, _ALPHA, ""), part) for part in texts)
    _check_alphas(alphas, texts)
    return alphas


def _parse_range(text: str) -> tuple[float, ...]:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != 3:
        raise _refuse_range("low:high:count", text)
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError:
        raise _refuse_range("low:high:count, two numbers and a whole one", text) from None
    if not 0 < low < math.inf or not low < high < math.inf:
        raise _refuse_range("low:high:count with 0 < low < high", text)
    if not 2 <= count <= MOST:
        raise _refuse_range(f"low:high:count with a count from 2 to {MOST}", text)
    return space_evenly(low, high, count)


def space_evenly(low: float, high: float, count: int) -> tuple[float, ...]:
    """Give numbers in equal ratios, to twelve digits and both ends exactly.

    Examples:
        >>> space_evenly(0.001, 10.0, 5)
        (0.001, 0.01, 0.1, 1.0, 10.0)
    """
    step = (log(high) - log(low)) / (count - 1)
    between = (exp(log(low) + step * place) for place in range(1, count - 1))
    return (low, *(float(f"{alpha:.12g}") for alpha in between), high)


def _refuse_range(needed: str, text: str) -> OptionError:
    return OptionError(f"needed --alphas as {needed}", got=repr(text), fix=f"--alphas {RANGE}")


def _check_alphas(alphas: Sequence[float], texts: Sequence[Any]) -> None:
    if not 2 <= len(alphas) <= MOST:
        raise OptionError(
            f"needed from 2 to {MOST} --alphas",
            got=f"{len(alphas)}: {', '.join(map(str, texts[:3]))}" if alphas else "none",
            fix=f"--alphas {RANGE}, or a list such as 0,0.01,0.1",
        )
    for one, other in pairwise(alphas):
        if other <= one:
            rising = ",".join(f"{alpha:g}" for alpha in sorted(set(alphas)))
            raise OptionError(
                "needed --alphas in rising order, each once",
                got=f"{other:g} after {one:g}",
                fix=f"--alphas {rising}" if len(set(alphas)) > 1 else f"--alphas {RANGE}",
            )


def _read_kind(parameter: Parameter, value: Any) -> NamedOption:
    from losslab.training.catalog import PENALTIES

    kind = parse_named(parameter, value)
    known = [name for name in PENALTIES if name != "none"]
    if kind.name not in known:
        raise UnknownNameError(
            f"needed the name of a penalty for {parameter.flag}",
            got=repr(value),
            fix=suggest(kind.name, known, PENALTIES.other_names),
        )
    PENALTIES[kind.name].bind(kind.settings)
    return kind


def _look_up_penalty(kind: NamedOption) -> "Penalty":
    from losslab.training.catalog import PENALTIES

    return PENALTIES[kind.name]


_ALPHA = number("a strength of at least 0", lambda alpha: 0 <= alpha < math.inf)
KindOption = Annotated[str, Option(read=_read_kind, metavar="KIND")]
AlphaRange = Annotated[
    str | Sequence[float],
    Option(read=lambda _, value: parse_alphas(value), metavar="LOW:HIGH:N|A,B"),
]
ShareOption = Annotated[
    float, number("a share of the rows between 0 and 1", lambda share: 0 < share < 1)
]
MixOption = Annotated[
    float | None,
    number(
        "a share from 0 (L2 only) to 1 (L1 only)",
        lambda ratio: 0 <= ratio <= 1,
        example="0.5",
        optional=True,
    ),
]


@dataclass(frozen=True, kw_only=True)
class PathSettings:
    """The checked options of ``penalty_path``, under their names.

    Attributes:
        kind: the penalty with its settings beside alpha.
        alphas: rising.
        l1_ratio: None for what ``kind`` says.
        seeds: repetitions, each with a split and initial weights of its own.
        test_size: the share of the rows that is held out.
        loss: None for the task's usual one.
        head: None for the loss's usual one.
        lr: None for one that suits the network.
        metric: None for the task's own.
    """

    kind: NamedOption
    alphas: tuple[float, ...]
    l1_ratio: float | None
    seeds: int
    test_size: float
    loss: Any
    head: str | None
    hidden: tuple[int, ...]
    activation: str
    optimizer: NamedOption
    lr: float | None
    schedule: NamedOption
    batch_size: int
    epochs: int
    seed: int
    metric: str | None

    def __post_init__(self) -> None:
        if len(self.alphas) * self.seeds > MOST_RUNS:
            raise OptionError(
                f"needed at most {MOST_RUNS:,} runs, one per alpha and repetition",
                got=f"{len(self.alphas)} alphas times {self.seeds} --seeds",
                fix="fewer --alphas or --seeds",
            )
        if self.l1_ratio is not None and "l1_ratio" not in _look_up_penalty(self.kind).settings:
            raise OptionError(
                "needed --kind elastic_net for --l1-ratio",
                got=f"--kind {self.kind.name}",
                fix="leave out --l1-ratio, or --kind elastic_net",
            )

    @property
    def penalty_params(self) -> Mapping[str, float]:
        """All settings of the penalty."""
        ratio = {} if self.l1_ratio is None else {"l1_ratio": self.l1_ratio}
        return _look_up_penalty(self.kind).bind({**self.kind.settings, **ratio})

    @property
    def rate(self) -> float:
        """The learning rate."""
        return self.lr or (RATE if self.hidden else LINEAR_RATE)
