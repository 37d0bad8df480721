"""The columns of a table as a script names them: numbers, categories, target and its classes."""

from collections.abc import Sequence

from losslab.data.numbers import read_numbers
from losslab.data.spec import Dataset


def number_names(data: Dataset) -> list[str]:
    """The features that are numbers, in order."""
    return [str(name) for name, kind in data.X.dtypes.items() if str(kind) != "category"]


def category_names(data: Dataset) -> list[str]:
    """The features that are categories, in order."""
    return [str(name) for name, kind in data.X.dtypes.items() if str(kind) == "category"]


def target_is_number(data: Dataset) -> bool:
    """Whether the target is read as a number: a value, or a class named by a number."""
    return all(isinstance(label, int | float) for label in class_labels(data.classes))


def class_labels(classes: Sequence[str]) -> list[str] | list[int | float]:
    """Class labels as they stand in the table: numbers where all of them are numbers.

    >>> class_labels(("1", "2.5")), class_labels(("1", "more"))
    ([1, 2.5], ['1', 'more'])
    """
    found = read_numbers(classes)
    if len(found.numbers) < len(classes):
        return list(classes)
    return [int(value) if value.is_integer() else value for value in found.values.tolist()]
