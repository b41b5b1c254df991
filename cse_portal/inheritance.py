"""What a class of a library must have for a class of the portal to stand on it.

A method that overrides one which the library has renamed is never called, and nobody is told. What
a wall of the portal overrides is therefore named, and looked for when its class is made.
"""

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

Class = TypeVar("Class", bound=type)


def stands_on(*names: str) -> Callable[[Class], Class]:
    """Require that the class inherits each of these names from a library.

    Raises ImproperlyConfigured: the portal then does not start with that version of the library.
    """

    def checked(made: Class) -> Class:
        inherited = [base for base in made.__mro__[1:] if base is not object]
        for name in names:
            if not any(name in vars(base) for base in inherited):
                base = made.__bases__[0]
                raise ImproperlyConfigured(
                    f"{base.__module__}.{base.__qualname__} has no “{name}”, on which"
                    f" {made.__module__}.{made.__qualname__} stands: this version of the library"
                    " is not one that the portal knows. Install the packages of the lock file."
                )
        return made

    return checked
