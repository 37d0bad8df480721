"""Train one model, step by step: any ``nn.Module``, plain autograd."""

import math
import warnings
from collections.abc import Iterator, Mapping
from numbers import Integral, Real
from typing import Any, Generic, TypeVar, overload

import torch
from torch import Tensor, nn

from losslab.core.errors import ContractError, ObjectiveError, OptionError
from losslab.losses.spec import Loss
from losslab.objectives.objective import Objective
from losslab.training.trainer.arrays import Input, check_finite, describe_value, to_tensor
from losslab.training.trainer.criterion_check import warn_unknown_criterion
from losslab.training.trainer.criterion_goal import Criterion, PairAdapter, adapt_criterion
from losslab.training.trainer.diagnostics import Diagnostics
from losslab.training.trainer.forward import find_parameter, forward, use_eval_mode
from losslab.training.trainer.goals import LossAdapter, ObjectiveAdapter, adapt_objective
from losslab.training.trainer.ownership import OptimizerLike, build_optimizer
from losslab.training.trainer.penalty_step import PenaltyStep
from losslab.training.trainer.progress import Bar, show_progress
from losslab.training.trainer.source import Data, LoaderSource, Source, build_source


def check_numbers(lr: float, batch_size: int) -> None:
    """Refuse a learning rate or a batch size that no training can use."""
    if not isinstance(lr, Real) or not 0.0 < lr < math.inf:
        raise OptionError("needed a learning rate above 0", got=repr(lr), fix="lr=0.001")
    check_count("batch_size", batch_size)


def check_count(name: str, value: int) -> None:
    """Refuse what is no whole number of at least 1."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        is_data = hasattr(value, "__len__") and not isinstance(value, str)
        raise OptionError(
            f"needed {name} to be a whole number of at least 1",
            got=describe_value(value) if is_data else repr(value),
            fix=f"pass arrays as one tuple: train((X, y), {name}=10)" if is_data else f"{name}=10",
        )


Value = TypeVar("Value")


class ReadOnly(Generic[Value]):
    """An attribute that can be set once: a later change would reach only some of what reads it.

    Args:
        instead: what to do for another value.

    Examples:
        >>> class Oven:
        ...     heat = ReadOnly[int]()
        ...     def __init__(self) -> None:
        ...         self.heat = 180
        >>> oven = Oven()
        >>> oven.heat = 200
        Traceback (most recent call last):
        losslab.core.errors.OptionError: Oven needs its heat when it is built, but got another ...
    """

    def __init__(self, instead: str = "") -> None:
        self.instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, owner: None, kind: type) -> "ReadOnly[Value]": ...
    @overload
    def __get__(self, owner: object, kind: type) -> Value: ...
    def __get__(self, owner: object, kind: type) -> Any:
        if owner is None:
            return self
        try:
            return vars(owner)[self.name]
        except KeyError:
            raise AttributeError(f"{kind.__name__} has no {self.name} yet") from None

    def __set__(self, owner: object, value: Value) -> None:
        if self.name in vars(owner):
            kind = type(owner).__name__
            raise OptionError(
                f"{kind} needs its {self.name} when it is built",
                got="another one afterwards",
                fix=self.instead or f"build a new {kind} with it; a model keeps its weights",
            )
        vars(owner)[self.name] = value


class Trainer:
    """Train and evaluate one model with the loss, the optimizer and the accuracy that fit.

    It is also the oracle of every faster engine, so a step is what everybody writes by hand:
    zero the gradients, compute the loss, go backward, step.

    Where the first batch shows that the model's output comes from a function that the loss can't
    do with, such as softmax before cross-entropy, or a head applied twice, no step is made.

    Args:
        model: any ``nn.Module``; data follows its device, floats its dtype.
        objective_or_criterion: a ``losslab.objective``, whose labels come as class codes or values
            and are encoded here; or a criterion of PyTorch or losslab or any callable of
            (prediction, target), whose targets come as it wants them. For a loss of pairs, such as
            ``nn.CosineEmbeddingLoss``, data comes as ((x1, x2), y) or batches of (x1, x2, y), and
            the model turns both inputs of a pair into a vector.
        optimizer: a name (sgd, adam, adamw, rmsprop), a class of ``torch.optim``, a factory that
            takes the parameters, or an instance that holds exactly this model's.
        lr: the learning rate; a factory or an instance has its own.
        penalty: what weights cost beside the loss, biases excepted: none, l1, l2, elastic_net,
            group_lasso or weight_decay; it takes hold after each optimizer step, and makes zeros
            that are exact. The losses that are returned do not contain it.
        unchecked: compute what plain PyTorch would, right or wrong.
        batch_size: rows per batch where data comes as arrays.
        seed: of the order of the batches where data comes as arrays.
        progress: show a bar for each epoch, if a person looks at a terminal.
        optimizer_params: the optimizer's other settings, where it is given by name or class.
        alpha: how strong the penalty is.
        penalty_params: its other settings, such as ``l1_ratio``.

    Raises:
        ContractError: while training, if outputs or targets break the contract of the loss.
        OptimizerError: if the optimizer would train another model than this one.

    Examples:
        >>> from losslab import MLP, objective
        >>> X, y = torch.tensor([[0.0], [1.0], [2.0], [3.0]]), torch.tensor([0, 0, 1, 1])
        >>> goal = objective("bce_with_logits", task="binary")
        >>> trainer = Trainer(MLP(1, (8,), goal.width, seed=0), goal, lr=0.05)
        >>> losses = trainer.train((X, y), epochs=100)
        >>> loss, compute_accuracy = trainer.evaluate((X, y))
        >>> losses[-1] < losses[0], compute_accuracy
        (True, 1.0)
    """

    model = ReadOnly[nn.Module]()
    optimizer = ReadOnly[torch.optim.Optimizer]()
    criterion = ReadOnly[Loss | Criterion | None]()
    unchecked = ReadOnly[bool]()
    lr = ReadOnly[float](
        "for other steps from now on: trainer.optimizer.param_groups[0]['lr'] = 0.01"
    )

    def __init__(  # noqa: PLR0913  (a trainer's settings are its interface)
        self,
        model: nn.Module,
        objective_or_criterion: Objective | Loss | Criterion,
        optimizer: OptimizerLike = "adam",
        lr: float = 1e-3,
        penalty: str | None = None,
        *,
        alpha: float = 0.0,
        penalty_params: Mapping[str, float] | None = None,
        unchecked: bool = False,
        batch_size: int = 32,
        seed: int = 0,
        progress: bool = True,
        optimizer_params: Mapping[str, float] | None = None,
    ) -> None:
        check_numbers(lr, batch_size)
        self.model, self.lr, self.unchecked = model, lr, unchecked
        self.batch_size, self.seed, self.progress = batch_size, seed, progress
        self._goal = _goal_of(objective_or_criterion, unchecked)
        given = objective_or_criterion
        self.criterion = None if isinstance(given, Objective) else given
        self.optimizer = build_optimizer(model, optimizer, lr, optimizer_params)
        self._pull = PenaltyStep(model, self.optimizer, penalty or "none", alpha, penalty_params)
        self.epochs_done = 0
        self._warned = self._origin_checked = False
        self._symptoms = Diagnostics(model, self.objective.head if self.objective else None)
        if not unchecked and self.criterion is not None:
            warn_unknown_criterion(self.criterion)

    @property
    def objective(self) -> Objective | None:
        """The objective, its target encoding fitted once training has begun; None for criteria."""
        return self._goal.objective if isinstance(self._goal, ObjectiveAdapter) else None

    def train(self, data: Data, epochs: int) -> list[float]:
        """Make ``epochs`` passes over the data and return the mean loss of each.

        Called again it goes on: with the same weights and optimizer, and with new batch orders.
        An objective for values fits its target encoding to the first data seen here, which takes
        one extra pass over a loader. A loss that is not finite is recorded, and warned of once; so
        is a model whose outputs are all alike without a gradient, and columns of very unlike scale.

        Args:
            data: a DataLoader or other iterable of (x, y) batches, or a tuple (X, y) of arrays,
                tensors or tables.
            epochs: at least 1.
        """
        return list(self.each_epoch(data, epochs))

    def each_epoch(self, data: Data, epochs: int, word: str = "epoch") -> Iterator[float]:
        """Train as ``train`` does, and yield the mean loss of each epoch as it ends.

        Args:
            data: as for ``train``.
            epochs: as for ``train``.
            word: what the bar calls an epoch.
        """
        check_count("epochs", epochs)
        source = self._source(data)
        self._fit(source, epochs)
        with show_progress(epochs, source.n_batches, self.progress, word=word) as bar:
            for epoch in range(1, epochs + 1):
                bar.start(epoch)
                mean = self._pass_over(source, bar)
                self.epochs_done += 1
                for warning in self._warnings(mean):
                    # Seen from here: train, and the line that called it.
                    warnings.warn(warning, RuntimeWarning, stacklevel=3)
                yield mean

    def _pass_over(self, source: Source, bar: Bar) -> float:
        self.model.train()
        mean, dtype = _RunningMean(), find_parameter(self.model).dtype
        for x, labels in source.batches(self.epochs_done):
            target = self._goal.encode(labels, dtype)
            mean.add(float(self.step(x, target)), len(labels))
            bar.advance(mean.value)
            if not self.unchecked:
                self._symptoms.observe(x)
        return mean.value

    def step(self, x: Input, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Make one optimizer step on one batch and return its mean loss.

        Args:
            x: inputs ``(B, ...)``, or a pair of such.
            target: targets as the loss reads them: for an objective, already encoded.
            weight: one weight per row ``(B,)``, for objectives.
        """
        self.optimizer.zero_grad()
        z = self._forward(x)
        target = target.to(z.device)
        weight = None if weight is None else weight.to(z.device)
        if not self._origin_checked:
            self._goal.check_origin(z, target)
            self._origin_checked = True
        loss, mean = self._goal.losses(z, target, weight)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self._pull.proximal_step()
        return mean.detach()

    def evaluate(self, data: Data) -> tuple[float, float | None]:
        """Return the mean loss and the share of rows whose class is right.

        The share is None where targets are values, and where nothing says which class an output
        stands for. The loss of an objective for values is in its encoding: standardised.
        """
        if not self._goal.fitted:
            raise ObjectiveError(
                "needed a fitted target encoding",
                got="one that has seen no training data",
                fix="train first, or pass objective.fit(y_train)",
            )
        mean, outputs, targets = _RunningMean(), [], []
        dtype = find_parameter(self.model).dtype
        with use_eval_mode(self.model):
            for x, labels in self._source(data).batches():
                z = self._forward(x)
                target = self._goal.encode(labels, dtype).to(z.device)
                self._check_origin_once(x, target)
                mean.add(float(self._goal.losses(z, target, None)[1]), len(labels))
                outputs.append(z.cpu())
                targets.append(labels.cpu())
            return mean.value, self._goal.compute_accuracy(torch.cat(outputs), torch.cat(targets))

    def predict(self, X: Any) -> Tensor:
        """Return class codes or values for an objective, the model's output for a criterion."""
        x = to_tensor(X, "X")
        if not self.unchecked:
            check_finite(x, "X")
        with use_eval_mode(self.model):
            return self._goal.predict(self._forward(x))

    def _check_origin_once(self, x: Input, target: Tensor) -> None:
        """Where nothing was trained yet, look for the graph that evaluation goes without."""
        if not self._origin_checked:
            with torch.enable_grad():
                self._goal.check_origin(self._forward(x), target)
            self._origin_checked = True

    def _forward(self, x: Input) -> Tensor:
        try:
            return forward(self.model, x)
        except RuntimeError as error:
            for part in x if isinstance(x, tuple) else (x,):
                _check_feature_count(self.model, part, error)
            raise

    def _source(self, data: Data) -> Source:
        return build_source(
            data, self.batch_size, self.seed, pairs=self._goal.pairs, unchecked=self.unchecked
        )

    def _fit(self, source: Source, epochs: int) -> None:
        passes = epochs + (not self._goal.fitted)
        if passes > 1 and isinstance(source, LoaderSource) and source.once:
            first = "" if self._goal.fitted else " and one to fit the target encoding"
            raise OptionError(
                f"needed a loader that can be passed over {passes} times: {epochs} epochs{first}",
                got=f"a {type(source.loader).__name__}, which is empty after one pass",
                fix="a DataLoader, a list of batches or a tuple (X, y)",
            )
        if not self._goal.fitted:
            self._goal = self._goal.fit(source.targets())

    def _warnings(self, loss: float) -> Iterator[str]:
        if not math.isfinite(loss) and not self._warned:
            self._warned = True
            yield (
                f"the loss is {loss} in epoch {self.epochs_done}: training has diverged; lower the "
                f"learning rate (now {self.optimizer.param_groups[0]['lr']:g}) or scale the "
                "features, and start again from fresh weights"
            )
        if not self.unchecked:
            yield from self._symptoms.messages(loss)


class _RunningMean:
    """A mean weighted by batch size, since the last batch of an epoch may be smaller."""

    def __init__(self) -> None:
        self.total, self.rows = 0.0, 0

    def add(self, mean: float, rows: int) -> None:
        self.total += mean * rows
        self.rows += rows

    @property
    def value(self) -> float:
        return self.total / self.rows


def _check_feature_count(model: nn.Module, x: Tensor, error: RuntimeError) -> None:
    """Say so if a model failed because its first layer takes another number of features."""
    layers = (part for part in model.modules() if list(part.parameters(recurse=False)))
    first = next(layers, None)
    width = x.shape[1] if x.ndim > 1 else 1
    if not isinstance(first, nn.Linear) or x.ndim > 2 or x.shape[-1] == first.in_features:
        return
    needed = first.in_features
    raise ContractError(
        f"the model's first layer needs inputs of shape (N, {needed})",
        got=f"shape {tuple(x.shape)}",
        fix="X.reshape(-1, 1)"
        if needed == width
        else f"pass as many features, or build the model for {width}: MLP({width}, ...)",
    ) from error


def _goal_of(objective_or_criterion: Objective | Loss | Criterion, unchecked: bool) -> LossAdapter:
    if isinstance(objective_or_criterion, Objective):
        return adapt_objective(objective_or_criterion, unchecked)
    goal = adapt_criterion(objective_or_criterion, unchecked)
    contract = goal.contract
    if contract is not None and contract.pair_label is not None:
        return PairAdapter(single=goal, contract=contract)
    return goal
