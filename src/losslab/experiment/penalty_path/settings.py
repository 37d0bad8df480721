"""What a path was asked to be: its options checked, its alphas as a range or a list."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from losslab.core.errors import OptionError, UnknownNameError
from losslab.core.registry import suggest
from losslab.elementary.scalar import exp, log
from losslab.experiment.options import (
    NamedOption,
    parse_architectures,
    parse_named,
    parse_number,
    parse_values,
)
from losslab.metrics.catalog import METRICS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES, SCHEDULES

RANGE = "1e-4:1e2:24"
MOST = 1000


def alphas_of(value: Any) -> tuple[float, ...]:
    """Read ``low:high:count``, both ends included and in equal ratios, or a rising list.

    Example
        >>> alphas_of("0.01:1:3"), alphas_of("0, 0.5, 2"), alphas_of([0.1, 1])
        ((0.01, 0.1, 1.0), (0.0, 0.5, 2.0), (0.1, 1.0))
    """
    texts = parse_values(value)
    if len(texts) == 1 and isinstance(texts[0], str) and ":" in texts[0]:
        return _range(texts[0])
    alphas = tuple(float(parse_number("alphas", part, float)) for part in texts)
    _check(alphas, texts)
    return alphas


def _range(text: str) -> tuple[float, ...]:
    parts = [part.strip() for part in text.split(":")]
    if len(parts) != 3:
        raise _unreadable("low:high:count", text)
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError:
        raise _unreadable("low:high:count, two numbers and a whole one", text) from None
    if not 0 < low < math.inf or not low < high < math.inf:
        raise _unreadable("low:high:count with 0 < low < high", text)
    if not 2 <= count <= MOST:
        raise _unreadable(f"low:high:count with a count from 2 to {MOST}", text)
    return geometric(low, high, count)


def geometric(low: float, high: float, count: int) -> tuple[float, ...]:
    """Numbers in equal ratios, to twelve digits and both ends exactly.

    >>> geometric(0.001, 10.0, 5)
    (0.001, 0.01, 0.1, 1.0, 10.0)
    """
    step = (log(high) - log(low)) / (count - 1)
    between = (exp(log(low) + step * place) for place in range(1, count - 1))
    return (low, *(float(f"{alpha:.12g}") for alpha in between), high)


def _unreadable(needed: str, text: str) -> OptionError:
    return OptionError(f"needed --alphas as {needed}", got=repr(text), fix=f"--alphas {RANGE}")


def _check(alphas: Sequence[float], texts: Sequence[Any]) -> None:
    if not 2 <= len(alphas) <= MOST:
        raise OptionError(
            f"needed from 2 to {MOST} --alphas",
            got=f"{len(alphas)}: {', '.join(map(str, texts[:3]))}" if alphas else "none",
            fix=f"--alphas {RANGE}, or a list such as 0,0.01,0.1",
        )
    bad = [alpha for alpha in alphas if not 0 <= alpha < math.inf]
    if bad:
        raise OptionError(
            "needed --alphas as finite numbers from 0 on", got=f"{bad[0]:g}", fix="--alphas 0,0.1,1"
        )
    for one, other in pairwise(alphas):
        if other <= one:
            rising = ",".join(f"{alpha:g}" for alpha in sorted(set(alphas)))
            raise OptionError(
                "needed --alphas in rising order, each once",
                got=f"{other:g} after {one:g}",
                fix=f"--alphas {rising}" if len(set(alphas)) > 1 else f"--alphas {RANGE}",
            )


MOST_RUNS = 20_000
# In the fixed number of steps, a linear model has further to go: large weights on few features.
RATE, LINEAR_RATE = 0.01, 0.1
USUAL_LOSS = {
    "binary": "bce_with_logits",
    "multiclass": "cross_entropy",
    "regression": "mse",
    "count": "poisson_nll",
}


@dataclass(frozen=True, kw_only=True)
class PathSettings:
    """Checked options.

    Args:
        kind: the penalty, with ``penalty_params`` as its settings beside alpha.
        alphas: rising.
        seeds: repetitions, each with a split and initial weights of its own.
        test_size: the share of the rows that is held out.
        loss: None for the task's usual one.
        head: None for the loss's usual one.
        metric: None for the task's own.
    """

    kind: str
    penalty_params: Mapping[str, float]
    alphas: tuple[float, ...]
    seeds: int
    test_size: float
    loss: Any
    loss_params: Mapping[str, float]
    head: str | None
    hidden: tuple[int, ...]
    activation: str
    optimizer: NamedOption
    lr: float
    schedule: NamedOption
    batch_size: int
    epochs: int
    seed: int
    metric: str | None

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> "PathSettings":
        """Check the options of ``penalty_path``, named as on the command line."""
        kind = _kind(options["kind"])
        alphas = alphas_of(options["alphas"])
        seeds = _whole("seeds", options["seeds"], 1)
        if len(alphas) * seeds > MOST_RUNS:
            raise OptionError(
                f"needed at most {MOST_RUNS:,} runs, one per alpha and repetition",
                got=f"{len(alphas)} alphas times {seeds} --seeds",
                fix="fewer --alphas or --seeds",
            )
        loss, loss_params = _loss(options["loss"])
        hidden = _hidden(options["hidden"])
        return cls(
            kind=kind,
            penalty_params=_penalty_params(kind, options["l1_ratio"]),
            alphas=alphas,
            seeds=seeds,
            test_size=_share("test-size", options["test_size"]),
            loss=loss,
            loss_params=loss_params,
            head=options["head"],
            hidden=hidden,
            activation=ACTIVATIONS[options["activation"]].name,
            optimizer=_named("optimizer", options["optimizer"], OPTIMIZERS),
            lr=_rate(options["lr"], hidden),
            schedule=_named("schedule", options["schedule"], SCHEDULES),
            batch_size=_whole("batch-size", options["batch_size"], 1),
            epochs=_whole("epochs", options["epochs"], 1),
            seed=_whole("seed", options["seed"], 0),
            metric=None if options["metric"] is None else METRICS[options["metric"]].name,
        )


def _kind(value: Any) -> str:
    known = [name for name in PENALTIES if name != "none"]
    if value not in known:
        raise UnknownNameError(
            "needed the name of a penalty for --kind",
            got=repr(value),
            fix=suggest(value, known, PENALTIES.elsewhere),
        )
    return str(value)


def _penalty_params(kind: str, l1_ratio: Any) -> dict[str, float]:
    if l1_ratio is None:
        return PENALTIES[kind].bind({})
    ratio = parse_number("l1-ratio", l1_ratio, float)
    if "l1_ratio" not in PENALTIES[kind].settings:
        raise OptionError(
            "needed --kind elastic_net for --l1-ratio",
            got=f"--kind {kind}",
            fix="leave out --l1-ratio, or --kind elastic_net",
        )
    if not 0 <= ratio <= 1:
        raise OptionError(
            "needed --l1-ratio from 0 (L2 only) to 1 (L1 only)",
            got=f"{ratio:g}",
            fix="--l1-ratio 0.5",
        )
    return PENALTIES[kind].bind({"l1_ratio": ratio})


def _loss(value: Any) -> tuple[Any, Mapping[str, float]]:
    if not isinstance(value, str):
        return value, {}
    one = parse_named("loss", value)
    return one.name, one.settings


def _hidden(value: Any) -> tuple[int, ...]:
    architectures = parse_architectures(value)
    if len(architectures) != 1:
        raise OptionError(
            "needed one network for --hidden",
            got=f"{len(architectures)}",
            fix="--hidden 64, or --hidden none for a linear model",
        )
    return architectures[0]


def _named(option: str, value: Any, registry: Mapping[str, Any]) -> NamedOption:
    texts = parse_values(value)
    if len(texts) != 1:
        raise OptionError(
            f"needed one --{option}", got=repr(value), fix=f"--{option} {next(iter(registry))}"
        )
    one = parse_named(option, texts[0])
    registry[one.name].bind(one.settings)
    return one


def _rate(value: Any, hidden: tuple[int, ...]) -> float:
    if value is None:
        return RATE if hidden else LINEAR_RATE
    rate = float(parse_number("lr", value, float))
    if not 0 < rate < float("inf"):
        raise OptionError("needed an --lr above 0", got=f"{rate:g}", fix="--lr 0.01")
    return rate


def _share(option: str, value: Any) -> float:
    share = float(parse_number(option, value, float))
    if not 0 < share < 1:
        raise OptionError(
            f"needed a share of the rows between 0 and 1 for --{option}",
            got=f"{share:g}",
            fix=f"--{option} 0.2",
        )
    return share


def _whole(option: str, value: Any, least: int) -> int:
    whole = int(parse_number(option, value, int))
    if whole < least:
        raise OptionError(
            f"needed a whole number of at least {least} for --{option}",
            got=str(whole),
            fix=f"--{option} {max(least, 5)}",
        )
    return whole
