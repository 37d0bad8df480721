"""Names given in short: by their beginning, in any case, where that tells them apart."""

from collections.abc import Iterable


def meant_by(given: object, known: Iterable[str]) -> tuple[str, ...]:
    """The names that a name may stand for: itself, else in another case, else all it begins.

    >>> names = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)"]
    >>> meant_by("Petal", names), meant_by("petal length (cm)", names), meant_by("stem", names)
    (('petal length (cm)',), ('petal length (cm)',), ())
    >>> meant_by("sepal", names)
    ('sepal length (cm)', 'sepal width (cm)')
    """
    names = list(known)
    if given in names:
        return (str(given),)
    text = str(given).strip().casefold()
    alike = tuple(name for name in names if name.casefold() == text)
    return alike or tuple(name for name in names if text and name.casefold().startswith(text))
