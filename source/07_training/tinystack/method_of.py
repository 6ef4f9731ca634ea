"""Writing a class in several notebook cells: a method is added to a class that an earlier cell defined."""

from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def method_of(cls: type) -> Callable[[Method], Method]:
    """Return a decorator that makes the function below it a method of `cls`.

    It replaces a method of the same name.
    """

    def add(function: Method) -> Method:
        setattr(cls, function.__name__, function)
        return function

    return add
