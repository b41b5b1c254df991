"""The parts that an adapter needs, by name: looked for once, when the settings are loaded."""

from collections.abc import Iterator
from inspect import signature
from types import ModuleType
from typing import Any, NamedTuple


class Need(NamedTuple):
    """What must have these names: a module, a class, a fresh instance of a class."""

    of: Any
    names: tuple[str, ...]

    def missing(self) -> Iterator[str]:
        """The names that it lacks."""
        for name in self.names:
            if not hasattr(self.of, name):
                yield f"{self.place}.{name}"

    @property
    def place(self) -> str:
        """Where the names are, as Python writes it."""
        if isinstance(self.of, ModuleType):
            return self.of.__name__
        kind = self.of if isinstance(self.of, type) else type(self.of)
        return f"{kind.__module__}.{kind.__qualname__}"


class Call(NamedTuple):
    """A function that is called with these arguments, by place."""

    function: Any
    arguments: tuple[str, ...]

    def missing(self) -> Iterator[str]:
        """The call as it is made, if the function takes other arguments."""
        name = f"{self.function.__module__}.{self.function.__qualname__}"
        if not {*self.arguments} <= {*signature(self.function).parameters}:
            yield f"{name}({', '.join(self.arguments)})"
