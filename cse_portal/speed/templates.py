"""Templates compiled once for each language: what the language alone decides becomes text then.

A page of the portal holds a hundred sentences, addresses and labels that are the same at every
request in a language. Django looks each of them up each time; here a template is loaded once for
a language, and what depends on nothing else becomes text. The templates stay as they are.

What may ask for another language inside (`{% language %}`, `{% autoescape %}`) is left alone.
With the setting `CSE_PLAIN`, Django's own cached loader loads all of them.
"""

import contextlib
import re
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from django.template import Context, Node, NodeList, Template, TemplateDoesNotExist
from django.template.loaders import base, cached
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cse_portal.speed.adapters import django
from cse_portal.speed.languages import pure_tags
from cse_portal.speed.values import found_directly

#: names of the templates that are being folded: one may include itself
_being_folded: ContextVar[tuple[str, ...]] = ContextVar("templates_being_folded", default=())


class FoldedOnce(base.Loader):
    """Folds a template just after it was compiled, before another thread can see it."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        token = _being_folded.set((*_being_folded.get(), template_name))
        try:
            django().fold(template, lambda nodes: folded(nodes, self.engine))
        finally:
            _being_folded.reset(token)
        return template


class Loader(cached.Loader, FoldedOnce):
    """Django's cached loader, which keeps one folded template for each language."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()} {super().cache_key(template_name, skip)}"


def folded(nodes: NodeList, engine: Any) -> NodeList:
    """The same nodes; those that can be are text, and neighbouring texts are one."""
    return django().listed(_folded_nodes(nodes, engine))


def _folded_nodes(nodes: NodeList, engine: Any) -> Iterator[Node]:
    adapter = django()
    for node in nodes:
        if adapter.says_nothing(node):
            continue
        if not adapter.changes_what_is_inside(node):
            adapter.fold_below(node, lambda below: folded(below, engine))
            _load_now(node, engine)
        text = _fixed_text(node, engine)
        if text is not None:
            yield adapter.text(text)
        elif address := adapter.address(node):
            yield _address(node, *address)
        elif assigned := adapter.assigned_sentence(node):
            name, sentence = assigned
            yield AssignedText(name, adapter.rendered_alone(sentence, engine))
        else:
            yield found_directly(node)


def _load_now(node: Node, engine: Any) -> None:
    """A template that is included by its name is loaded now, not for every page."""
    name = django().name_of_included(node)
    if name is None or name.startswith(".") or name in _being_folded.get():
        return
    with contextlib.suppress(TemplateDoesNotExist):
        django().include_now(node, engine.get_template(name))


def _fixed_text(node: Node, engine: Any) -> str | None:
    """The node's text in this language, whatever the page; None if it depends on the page."""
    adapter = django()
    if not adapter.depends_on_language_only(node, pure_tags):
        return adapter.text_of_included(node)
    try:
        return adapter.rendered_alone(node, engine)
    except NoReverseMatch:  # an address of the simulation alone, under its own condition
        return None


class AssignedText(Node):
    """A sentence that the template assigns to a name, in the page's language."""

    child_nodelists = ()

    def __init__(self, name: str, text: SafeString) -> None:
        self.name, self.text = name, text

    def render(self, context: Context) -> str:
        context[self.name] = self.text
        return ""


class AddressNode(Node):
    """An address that varies by keys alone, such as those of rows: its parts are known."""

    child_nodelists = ()

    def __init__(
        self, as_written: Node, given: dict[str, Any], parts: list[str], patterns: list[str]
    ) -> None:
        self.as_written, self.parts = as_written, parts
        self.keys = list(zip(given.values(), patterns, parts[1:], strict=True))

    def render(self, context: Context) -> str:
        address = self.parts[0]
        for expression, pattern, part in self.keys:
            key = str(expression.resolve(context))
            if not (PLAIN.fullmatch(key) and re.fullmatch(pattern, key)):
                return self.as_written.render(context)
            address += key + part
        return address


#: letters and digits that stand in an address as they are
PLAIN = re.compile(r"[A-Za-z0-9_-]+")
#: stand for the keys while the parts of an address are found: numbers that any key may be
_PROBES = range(9_000_000_001, 9_000_000_009)


def _address(node: Node, view: str, given: dict[str, Any]) -> Node:
    """The same address, its parts found once; or the node itself, where they can't be."""
    converters = django().converters(view)
    probes = dict(zip(given, _PROBES, strict=False))
    with contextlib.suppress(NoReverseMatch):
        rest = reverse(view, kwargs={key: str(probe) for key, probe in probes.items()})
        parts = []
        for probe in probes.values():
            part, found, rest = rest.partition(str(probe))
            if not found:  # not in this order
                return node
            parts.append(part)
        if converters.keys() >= probes.keys():
            patterns = [converters[key].regex for key in probes]
            return AddressNode(node, given, [*parts, rest], patterns)
    return node
