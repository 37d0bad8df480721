"""Attributes that a trainer gets when it is built, and keeps."""

from typing import Any, Generic, TypeVar, overload

from losslab.core.errors import OptionError

Value = TypeVar("Value")


class Fixed(Generic[Value]):
    """An attribute that can be set once: a later change would reach only some of what reads it.

    Args:
        instead: what to do for another value.

    Example
        >>> class Oven:
        ...     heat = Fixed[int]()
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
    def __get__(self, owner: None, kind: type) -> "Fixed[Value]": ...
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
