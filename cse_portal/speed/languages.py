"""What a language alone decides, besides the arguments: computed once for each."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from django.conf import settings
from django.utils.translation import get_language

P = ParamSpec("P")
Result = TypeVar("Result")
Tag = TypeVar("Tag", bound=Callable[..., Any])
#: tags whose output depends on their arguments and on the language alone
pure_tags: set[Callable[..., Any]] = set()


def depends_on_arguments_only(tag: Tag) -> Tag:
    """Mark a simple tag that becomes text where its arguments are constants."""
    pure_tags.add(tag)
    return tag


def cached_by_language(function: Callable[P, Result]) -> Callable[P, Result]:
    """Call the function once for a language and the same arguments: lists repeat themselves.

    What else the result depends on is an argument: what one visitor sends is never kept for others.
    With the setting `CSE_PLAIN`, it is called each time.
    """
    if settings.CSE_PLAIN:
        return function

    @lru_cache(maxsize=2_000)
    def cached(_language: str | None, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    @wraps(function)
    def in_this_language(*args: P.args, **kwargs: P.kwargs) -> Result:
        named: dict[str, Any] = kwargs
        result: Result = cached(get_language(), *args, **named)
        return result

    return in_this_language
