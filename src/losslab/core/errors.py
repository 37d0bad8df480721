"""The errors that losslab raises, and the layout of their messages.

``LosslabError``
  ``ContractError``      a tensor breaks the contract of the loss it meets
  ``ObjectiveError``     loss, head and target encoding do not fit together
  ``UnknownNameError``   a name is not in its registry
  ``OptionError``        an option has a value that cannot be used
  ``DataError``          a table cannot be used as it is
  ``OptimizerError``     an optimizer does not belong to the model it should train
  ``StoreError``         the store of runs cannot be opened, read or written
  ``MissingExtraError``  an optional package is not installed
"""


class LosslabError(Exception):
    """Base class: state what was needed, what was passed instead, and how to fix it.

    Args:
        needed: the requirement, or the whole problem where ``got`` is left out.
        got: what was passed.
        fix: a change that solves the problem.

    Examples:
        >>> print(LosslabError("needed a batch size of at least 1", got="0", fix="--batch-size 32"))
        needed a batch size of at least 1, but got 0.
          fix: --batch-size 32
    """

    def __init__(self, needed: str, *, got: str = "", fix: str) -> None:
        problem = f"{needed}, but got {got}" if got else needed
        super().__init__(f"{problem}.\n  fix: {fix}")
        self.needed, self.got, self.fix = needed, got, fix

    def __reduce__(self) -> tuple[object, ...]:
        # The constructor takes keywords, which the default pickling of exceptions drops.
        return (_rebuild_error, (type(self), self.needed, self.got, self.fix))


def _rebuild_error(kind: type[LosslabError], needed: str, got: str, fix: str) -> LosslabError:
    return kind(needed, got=got, fix=fix)


def describe_value(value: object) -> str:
    """Describe a value by its type and size, for errors, since it may be a whole table.

    Examples:
        >>> describe_value([1, 2]), describe_value(5)
        ('a list of 2', 'int')
    """
    kind = type(value).__name__
    if isinstance(value, tuple | list | dict):
        return f"a {kind} of {len(value)}"
    shape = getattr(value, "shape", None)
    return kind if shape is None else f"{kind} of shape {tuple(shape)}"


class ContractError(LosslabError, ValueError):
    """A prediction or target breaks the contract of the loss it meets."""


class ObjectiveError(LosslabError, ValueError):
    """A loss, a head and a target encoding do not fit together."""


class UnknownNameError(LosslabError, KeyError):
    """A name is not in its registry."""

    __str__ = Exception.__str__  # KeyError would print the repr of the message


class OptionError(LosslabError, ValueError):
    """An option has a value that cannot be used."""


class DataError(LosslabError, ValueError):
    """A table cannot be used as it is."""


class OptimizerError(LosslabError, ValueError):
    """An optimizer does not belong to the model it should train."""


class StoreError(LosslabError, RuntimeError):
    """The store of runs cannot be opened, read or written."""


class MissingExtraError(LosslabError, ImportError):
    """An optional package is not installed."""
