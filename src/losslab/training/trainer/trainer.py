"""The trainer: train one model step by step, any ``nn.Module``, by plain autograd."""

import math
import warnings
from collections.abc import Iterator, Mapping
from numbers import Integral
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from losslab.core.errors import ContractError, ObjectiveError, OptionError, describe_value
from losslab.core.numbers import is_number
from losslab.losses.spec import Loss
from losslab.objectives.objective import Objective
from losslab.training.trainer.adapters import Criterion, ObjectiveAdapter, adapt_loss
from losslab.training.trainer.arrays import check_finite, to_tensor
from losslab.training.trainer.batches import Data, Input, LoaderSource, Source, build_source
from losslab.training.trainer.criterion_check import warn_unknown_criterion
from losslab.training.trainer.diagnostics import Diagnostics
from losslab.training.trainer.forward import forward, use_eval_mode
from losslab.training.trainer.optimization import (
    OptimizerLike,
    PenaltyStep,
    build_optimizer,
    list_trainable,
)
from losslab.training.trainer.progress import EpochBar, show_progress


def check_count(name: str, value: int) -> None:
    """Refuse anything but a whole number of at least 1."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        is_data = hasattr(value, "__len__") and not isinstance(value, str)
        raise OptionError(
            f"needed {name} to be a whole number of at least 1",
            got=describe_value(value) if is_data else repr(value),
            fix=f"pass arrays as one tuple: train((X, y), {name}=10)" if is_data else f"{name}=10",
        )


class FrozenAttributes:
    """Base of classes with attributes that are set once, since other objects copy their values.

    ``_frozen`` maps the names of these attributes to a fix for whoever sets one again.

    Examples:
        >>> class Oven(FrozenAttributes):
        ...     _frozen = {"heat": ""}
        ...     def __init__(self) -> None:
        ...         self.heat = 180
        >>> oven = Oven()
        >>> oven.heat = 200
        Traceback (most recent call last):
        losslab.core.errors.OptionError: Oven needs its heat when it is built, but got another ...
    """

    _frozen: ClassVar[Mapping[str, str]] = {}

    def __setattr__(self, name: str, value: object) -> None:
        if name in self._frozen and name in vars(self):
            kind = type(self).__name__
            raise OptionError(
                f"{kind} needs its {name} when it is built",
                got="another one afterwards",
                fix=self._frozen[name] or f"build a new {kind} with it; a model keeps its weights",
            )
        super().__setattr__(name, value)


class Trainer(FrozenAttributes):
    """Train and evaluate one model with the loss, the optimizer and the accuracy that fit.

    It is also the oracle of every faster engine, so a step is the usual one: zero the gradients,
    compute the loss, propagate backward, step.

    No step is made if the first batch shows that the model's output activation doesn't fit the
    loss, such as softmax before cross-entropy, or a head applied twice.

    Args:
        model: any ``nn.Module``; data is moved to its device, floats to its dtype.
        objective_or_criterion: a ``losslab.objective``, which encodes labels given as class codes
            or values; or a criterion of PyTorch or losslab or any callable of (prediction, target),
            which takes targets as they are. For a loss of pairs, such as
            ``nn.CosineEmbeddingLoss``, data is ((x1, x2), y) or batches of (x1, x2, y), and the
            model maps each input of a pair to a vector.
        optimizer: a name (sgd, adam, adamw, rmsprop), which may have settings, as in
            ``sgd(momentum=0.9)``; a class of ``torch.optim``, a factory that takes the parameters,
            or an instance that holds exactly this model's.
        lr: the learning rate; a factory or an instance has its own.
        penalty: the penalty on weights, but not on biases: none, l1, l2, elastic_net, group_lasso
            or weight_decay. It is applied after each optimizer step, makes exact zeros, and is not
            part of the losses that are returned.
        unchecked: compute what plain PyTorch would, right or wrong.
        batch_size: rows per batch, for data given as arrays.
        seed: seed of the batch order, for data given as arrays.
        progress: show a bar for each epoch on a terminal.
        optimizer_params: other settings of an optimizer given by name or class.
        alpha: the strength of the penalty.
        penalty_params: other settings of the penalty, such as ``l1_ratio``.

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

    _frozen = dict.fromkeys(("model", "optimizer", "criterion", "unchecked"), "") | {
        "lr": "for later steps: trainer.optimizer.param_groups[0]['lr'] = 0.01"
    }

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
        if not is_number(lr) or not 0.0 < lr < math.inf:
            raise OptionError("needed a learning rate above 0", got=repr(lr), fix="lr=0.001")
        check_count("batch_size", batch_size)
        self.model, self.lr, self.unchecked = model, lr, unchecked
        self.batch_size, self.seed, self.progress = batch_size, seed, progress
        self._adapter = adapt_loss(objective_or_criterion, unchecked)
        is_objective = isinstance(objective_or_criterion, Objective)
        self.criterion = None if is_objective else objective_or_criterion
        self.optimizer = build_optimizer(model, optimizer, lr, optimizer_params)
        self._penalty = PenaltyStep(model, self.optimizer, penalty or "none", alpha, penalty_params)
        self.epochs_done = 0
        self._warned_of_divergence = self._checked_activation = False
        self._diagnostics = Diagnostics(model, self.objective.head if self.objective else None)
        if not unchecked and self.criterion is not None:
            warn_unknown_criterion(self.criterion)

    @property
    def objective(self) -> Objective | None:
        """The objective, whose target encoding is fitted in training; None for criteria."""
        return self._adapter.objective if isinstance(self._adapter, ObjectiveAdapter) else None

    def train(self, data: Data, epochs: int) -> list[float]:
        """Train for ``epochs`` passes over the data and return the mean loss of each.

        Another call continues with the same weights and optimizer, and with new batch orders. An
        objective for values fits its target encoding to the data of the first call, which takes
        one extra pass over a loader. Warns once of a loss that is not finite, of a model with equal
        outputs and no gradient, and of columns of very unlike scale.

        Args:
            data: a DataLoader or other iterable of (x, y) batches, or a tuple (X, y) of arrays,
                tensors or tables.
            epochs: at least 1.
        """
        return list(self.each_epoch(data, epochs))

    def each_epoch(self, data: Data, epochs: int, word: str = "epoch") -> Iterator[float]:
        """Train like ``train``, and yield the mean loss of each epoch as it ends.

        Args:
            data: as for ``train``.
            epochs: as for ``train``.
            word: the word for an epoch in the progress bar.
        """
        check_count("epochs", epochs)
        source = self._build_source(data)
        self._fit_encoding(source, epochs)
        with show_progress(epochs, source.n_batches, self.progress, word=word) as bar:
            for epoch in range(1, epochs + 1):
                bar.start(epoch)
                mean = self._train_epoch(source, bar)
                self.epochs_done += 1
                for warning in self._collect_warnings(mean):
                    # The level of the caller of train.
                    warnings.warn(warning, RuntimeWarning, stacklevel=3)
                yield mean

    def _train_epoch(self, source: Source, bar: EpochBar) -> float:
        self.model.train()
        total, rows, dtype = 0.0, 0, list_trainable(self.model)[0].dtype
        for x, labels in source.iter_batches(self.epochs_done):
            target = self._adapter.encode(labels, dtype)
            total += float(self.step(x, target)) * len(labels)
            rows += len(labels)
            bar.advance(total / rows)
            if not self.unchecked:
                self._diagnostics.observe(x)
        return total / rows

    def step(self, x: Input, target: Tensor, weight: Tensor | None = None) -> Tensor:
        """Make one optimizer step on one batch and return its mean loss.

        Args:
            x: inputs ``(B, ...)``, or a pair of such.
            target: targets of the loss; for an objective, encoded.
            weight: one weight per row ``(B,)``, for objectives.
        """
        self.optimizer.zero_grad()
        z = self._forward(x)
        target = target.to(z.device)
        weight = None if weight is None else weight.to(z.device)
        self._check_activation_once(z, target)
        loss, mean = self._adapter.compute_losses(z, target, weight)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self._penalty.apply()
        return mean.detach()

    def evaluate(self, data: Data) -> tuple[float, float | None]:
        """Return the mean loss and the accuracy.

        The accuracy is None where targets are values, and where the class of an output is unknown.
        The loss of an objective for values refers to the standardized targets.
        """
        if not self._adapter.fitted:
            raise ObjectiveError(
                "needed a fitted target encoding",
                got="one that has seen no training data",
                fix="train first, or pass objective.fit(y_train)",
            )
        total, outputs, targets = 0.0, [], []
        dtype = list_trainable(self.model)[0].dtype
        with use_eval_mode(self.model):
            for x, labels in self._build_source(data).iter_batches():
                z = self._forward(x)
                target = self._adapter.encode(labels, dtype).to(z.device)
                if not self._checked_activation:
                    with torch.enable_grad():  # the activation is found in the graph
                        self._check_activation_once(self._forward(x), target)
                total += float(self._adapter.compute_losses(z, target, None)[1]) * len(labels)
                outputs.append(z.cpu())
                targets.append(labels.cpu())
            labels = torch.cat(targets)
            accuracy = self._adapter.compute_accuracy(torch.cat(outputs), labels)
            return total / len(labels), accuracy

    def predict(self, X: Any) -> Tensor:
        """Return class codes or values for an objective, the model's output for a criterion."""
        x = to_tensor(X, "X")
        if not self.unchecked:
            check_finite(x, "X")
        with use_eval_mode(self.model):
            return self._adapter.predict(self._forward(x))

    def _check_activation_once(self, z: Tensor, target: Tensor) -> None:
        if not self._checked_activation:
            self._adapter.check_activation(z, target)
            self._checked_activation = True

    def _forward(self, x: Input) -> Tensor:
        try:
            return forward(self.model, x)
        except RuntimeError as error:
            for part in x if isinstance(x, tuple) else (x,):
                _check_feature_count(self.model, part, error)
            raise

    def _build_source(self, data: Data) -> Source:
        takes_pairs, unchecked = self._adapter.takes_pairs, self.unchecked
        return build_source(
            data, self.batch_size, self.seed, takes_pairs=takes_pairs, unchecked=unchecked
        )

    def _fit_encoding(self, source: Source, epochs: int) -> None:
        passes = epochs + (not self._adapter.fitted)
        if passes > 1 and isinstance(source, LoaderSource) and source.is_single_pass:
            first = "" if self._adapter.fitted else " and one to fit the target encoding"
            raise OptionError(
                f"needed a loader that can be passed over {passes} times: {epochs} epochs{first}",
                got=f"a {type(source.loader).__name__}, which is empty after one pass",
                fix="a DataLoader, a list of batches or a tuple (X, y)",
            )
        if not self._adapter.fitted:
            self._adapter = self._adapter.fit(source.collect_targets())

    def _collect_warnings(self, loss: float) -> Iterator[str]:
        if not math.isfinite(loss) and not self._warned_of_divergence:
            self._warned_of_divergence = True
            yield (
                f"the loss is {loss} in epoch {self.epochs_done}: training has diverged; lower the "
                f"learning rate (now {self.optimizer.param_groups[0]['lr']:g}) or scale the "
                "features, and start again from fresh weights"
            )
        if not self.unchecked:
            yield from self._diagnostics.collect_warnings(loss)


def _check_feature_count(model: nn.Module, x: Tensor, error: RuntimeError) -> None:
    """Refuse inputs if a model failed because its first layer takes another number of features."""
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
