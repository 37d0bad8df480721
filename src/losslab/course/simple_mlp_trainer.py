"""The course's trainer: prints a line per epoch and rejects wrong pairings."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn, optim

from losslab.training.trainer.adapters import Criterion, adapt_criterion
from losslab.training.trainer.batches import Data, Source, build_source
from losslab.training.trainer.forward import use_eval_mode
from losslab.training.trainer.progress import show_progress
from losslab.training.trainer.trainer import FrozenAttributes, Trainer, check_count


class SimpleMLPTrainer(FrozenAttributes):
    """Train and evaluate a model as the course does, on losslab's ``Trainer``.

    Args:
        model: any ``nn.Module``, such as a ``SimpleMLP``.
        criterion: a criterion of PyTorch or losslab.
        optimizer: an optimizer of ``torch.optim`` that holds this model's parameters.
        unchecked: compute what the homework's own loop would, right or wrong: no pairing is
            rejected, losses are means over batches, and the accuracy is by argmax, which for a
            single column predicts class 0 for every row.

    Raises:
        ContractError: while training, if outputs or targets are not what the criterion needs.
        OptimizerError: if the optimizer would train another model than this one.

    Examples:
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

    _frozen = dict.fromkeys(("model", "criterion", "optimizer", "unchecked"), "")

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
        # A module of losslab checks by itself unless it is unchecked, too.
        plain = adapt_criterion(criterion, unchecked=True).criterion
        self._loop = PlainLoop(model=model, criterion=plain, optimizer=optimizer)

    def train(self, train_loader: Data, num_epochs: int) -> list[float]:
        """Train for ``num_epochs`` epochs, print the loss of each, and return the losses."""
        check_count("num_epochs", num_epochs)
        epochs = (
            self._loop.each_epoch(train_loader, num_epochs)
            if self.unchecked
            else self._trainer.each_epoch(train_loader, num_epochs, word="Epoch")
        )
        losses: list[float] = []
        for loss in epochs:
            losses.append(loss)
            print(f"Epoch [{len(losses)}/{num_epochs}], Loss: {loss:.4f}", flush=True)
        return losses

    def evaluate(self, val_loader: Data) -> tuple[float, float | None]:
        """Print and return the loss and the accuracy, in evaluation mode and without gradients.

        The accuracy is None, and not printed, if targets are values rather than classes.
        """
        evaluator = self._loop if self.unchecked else self._trainer
        loss, accuracy = evaluator.evaluate(val_loader)
        share = "" if accuracy is None else f", Accuracy: {accuracy:.4f}"
        print(f"Validation Loss: {loss:.4f}{share}", flush=True)
        return loss, accuracy


@dataclass(frozen=True, kw_only=True)
class PlainLoop:
    """The training loop of the homework as students write it, without checks.

    Losses are means over batches, so that a small last batch counts as much as any other.
    """

    model: nn.Module
    criterion: Criterion
    optimizer: optim.Optimizer

    def each_epoch(self, data: Data, num_epochs: int) -> Iterator[float]:
        """Train, and yield the loss of each epoch as it ends."""
        source = _build_source(data)
        with show_progress(num_epochs, source.n_batches, True, word="Epoch") as bar:
            for epoch in range(1, num_epochs + 1):
                bar.start(epoch)
                self.model.train()
                losses: list[float] = []
                for inputs, labels in source.iter_batches():
                    self.optimizer.zero_grad()
                    loss = self.criterion(self.model(inputs), labels)
                    loss.backward()
                    self.optimizer.step()
                    losses.append(loss.item())
                    bar.advance(sum(losses) / len(losses))
                yield sum(losses) / len(losses)

    def evaluate(self, data: Data) -> tuple[float, float]:
        """Return the loss and the share of labels that equal the argmax over axis 1.

        Over one column the argmax is always 0, and a column of labels broadcasts over all rows.
        """
        losses: list[float] = []
        right, rows = 0, 0
        with use_eval_mode(self.model):
            for inputs, labels in _build_source(data).iter_batches():
                outputs = self.model(inputs)
                losses.append(self.criterion(outputs, labels).item())
                right += int((outputs.argmax(1) == _decode_one_hot(outputs, labels)).sum())
                rows += len(labels)
        return sum(losses) / len(losses), right / rows


def _decode_one_hot(outputs: Tensor, labels: Tensor) -> Tensor:
    """Convert one-hot labels to classes; an argmax cannot be compared with them."""
    several = labels.ndim > 1 and labels.shape == outputs.shape and labels.shape[1] > 1
    return labels.argmax(1) if several else labels


def _build_source(data: Data) -> Source:
    return build_source(data, batch_size=32, seed=0, takes_pairs=False, unchecked=True)
