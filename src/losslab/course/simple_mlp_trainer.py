"""The course's trainer: a line per epoch, and wrong pairings refused."""

import sys

from torch import nn, optim

from losslab.course.homework import Homework
from losslab.training.trainer.criterion_goal import Criterion, adapt_criterion
from losslab.training.trainer.source import Data
from losslab.training.trainer.trainer import ReadOnly, Trainer, check_count


class SimpleMLPTrainer:
    """Train and evaluate a model as the course does, on losslab's ``Trainer``.

    Args:
        model: any ``nn.Module``, such as a ``SimpleMLP``.
        criterion: a criterion of PyTorch or losslab.
        optimizer: an optimizer of ``torch.optim`` that holds this model's parameters.
        unchecked: compute what the homework's own loop would, right or wrong: no pairing is
            refused, losses are means over batches, and the accuracy is by arg-max, which for a
            single column calls every row class 0.

    Raises:
        ContractError: while training, if outputs or targets are not what the criterion needs.
        OptimizerError: if the optimizer would train another model than this one.

    Example
        >>> import torch
        >>> from losslab.course import SimpleMLP
        >>> X, y = torch.tensor([[0.0], [1.0], [2.0], [3.0]]), torch.tensor([0, 0, 1, 1])
        >>> loader = [(X, y)]
        >>> model = SimpleMLP(1, 8, 2, last_layer_activation_fn=nn.Softmax)
        >>> trainer = SimpleMLPTrainer(model, nn.CrossEntropyLoss(), optim.Adam(model.parameters()))
        >>> trainer.train(loader, num_epochs=1)
        Traceback (most recent call last):
        losslab.core.errors.ContractError: loss 'cross_entropy' needs raw scores, but got ...

        >>> _ = torch.manual_seed(0)
        >>> model = SimpleMLP(1, 8, 2, last_layer_activation_fn=None)
        >>> trainer = SimpleMLPTrainer(
        ...     model, nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=0.1)
        ... )
        >>> losses = trainer.train(loader, num_epochs=2)
        Epoch [1/2], Loss: 0...
        Epoch [2/2], Loss: 0...
    """

    model = ReadOnly[nn.Module]()
    criterion = ReadOnly[Criterion]()
    optimizer = ReadOnly[optim.Optimizer]()
    unchecked = ReadOnly[bool]()

    def __init__(
        self,
        model: nn.Module,
        criterion: Criterion,
        optimizer: optim.Optimizer,
        unchecked: bool = False,
    ) -> None:
        self.model, self.criterion, self.optimizer = model, criterion, optimizer
        self.unchecked = unchecked
        self._trainer = Trainer(model, criterion, optimizer, unchecked=unchecked)
        # A module of losslab would check by itself, unless it is told not to.
        plain = adapt_criterion(criterion, unchecked=True).criterion
        self._homework = Homework(model=model, criterion=plain, optimizer=optimizer)

    def train(self, train_loader: Data, num_epochs: int) -> list[float]:
        """Make ``num_epochs`` passes, print the loss of each, and return these losses."""
        check_count("num_epochs", num_epochs)
        epochs = (
            self._homework.each_epoch(train_loader, num_epochs)
            if self.unchecked
            else self._trainer.each_epoch(train_loader, num_epochs, word="Epoch")
        )
        losses: list[float] = []
        for loss in epochs:
            losses.append(loss)
            _print(f"Epoch [{len(losses)}/{num_epochs}], Loss: {loss:.4f}")
        return losses

    def evaluate(self, val_loader: Data) -> tuple[float, float | None]:
        """Print and return the loss and the accuracy, in evaluation mode and without gradients.

        The accuracy is None, and not printed, where targets are values rather than classes.
        """
        evaluator = self._homework if self.unchecked else self._trainer
        loss, accuracy = evaluator.evaluate(val_loader)
        share = "" if accuracy is None else f", Accuracy: {accuracy:.4f}"
        _print(f"Validation Loss: {loss:.4f}{share}")
        return loss, accuracy


def _print(line: str) -> None:
    """Write a line at once, even into a pipe, so that training can be followed."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
