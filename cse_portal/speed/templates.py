"""Templates compiled once for each language: what the language alone decides becomes text then.

A page of the portal holds a hundred sentences, addresses and labels that are the same at every
request in a language. Django looks each of them up each time; here a template is loaded once for
a language, and what depends on nothing else becomes text. The templates stay as they are.

What may ask for another language inside (`{% language %}`, `{% autoescape %}`) is left alone.
With the setting `CSE_PLAIN`, Django's own cached loader loads all of them.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

from django.template import Context, Node, NodeList, TemplateDoesNotExist
from django.template.base import (
    FilterExpression,
    Template,
    TextNode,
    TokenType,
    Variable,
    VariableNode,
)
from django.template.defaulttags import (
    AutoEscapeControlNode,
    CommentNode,
    IfNode,
    LoadNode,
    URLNode,
)
from django.template.library import SimpleBlockNode, SimpleNode
from django.template.loader_tags import IncludeNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cse_portal.speed.values import found_directly

Tag = TypeVar("Tag", bound=Callable[..., Any])
#: tags whose output depends on their arguments and on the language alone
_pure: set[Callable[..., Any]] = set()
#: names of the templates that are being folded: one may include itself
_being_folded: ContextVar[tuple[str, ...]] = ContextVar("templates_being_folded", default=())


def depends_on_arguments_only(tag: Tag) -> Tag:
    """Mark a simple tag that becomes text where its arguments are constants."""
    _pure.add(tag)
    return tag


class FoldedOnce(base.Loader):
    """Folds a template just after it was compiled, before another thread can see it."""

    def get_template(self, template_name: str, skip: Any = None) -> Template:
        template = super().get_template(template_name, skip)
        token = _being_folded.set((*_being_folded.get(), template_name))
        try:
            template.nodelist = folded(template.nodelist, self.engine)
        finally:
            _being_folded.reset(token)
        return template


class Loader(cached.Loader, FoldedOnce):
    """Django's cached loader, which keeps one folded template for each language."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()} {super().cache_key(template_name, skip)}"


def folded(nodes: NodeList, engine: Any) -> NodeList:
    """The same nodes; those that can be are text, and neighbouring texts are one."""
    result = NodeList()
    for node in _folded_nodes(nodes, engine):
        if isinstance(node, TextNode) and result and isinstance(result[-1], TextNode):
            result[-1] = TextNode(result[-1].s + node.s)
        else:
            result.append(node)
    result.contains_nontext = any(not isinstance(node, TextNode) for node in result)
    return result


def _folded_nodes(nodes: NodeList, engine: Any) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, LoadNode | CommentNode):
            continue
        if not isinstance(node, LanguageNode | AutoEscapeControlNode):
            _fold_below(node, engine)
        text = _fixed_text(node, engine)
        if text is not None:
            yield TextNode(text)
        elif isinstance(node, URLNode):
            yield _address(node)
        elif isinstance(node, TranslateNode) and node.asvar and _is_sentence(node):
            yield AssignedText(node.asvar, _sentence_of(node, engine))
        elif type(node) is VariableNode:
            yield found_directly(node)
        else:
            yield node


def _fold_below(node: Node, engine: Any) -> None:
    if isinstance(node, IfNode):
        node.conditions_nodelists = [
            (condition, folded(below, engine)) for condition, below in node.conditions_nodelists
        ]
        return
    # a block tag of a library does not name its child
    names = ("nodelist",) if isinstance(node, SimpleBlockNode) else node.child_nodelists
    for name in names:
        below = getattr(node, name, None)
        if isinstance(below, NodeList):
            setattr(node, name, folded(below, engine))
    if isinstance(node, IncludeNode):
        _load_now(node, engine)


def _load_now(node: IncludeNode, engine: Any) -> None:
    """A template that is included by its name is loaded now, not for every page."""
    if not _is_constant(node.template):
        return
    name = node.template.resolve(Context())
    if name.startswith(".") or name in _being_folded.get():
        return
    with contextlib.suppress(TemplateDoesNotExist):
        node.template = FixedTemplate(engine.get_template(name))  # type: ignore[assignment]


class FixedTemplate:
    """A loaded template, in place of the expression that named it."""

    def __init__(self, template: Template) -> None:
        self.template = template

    def resolve(self, _context: Context) -> Template:
        return self.template


def _fixed_text(node: Node, engine: Any) -> str | None:
    """The node's text in this language, whatever the page; None if it depends on the page."""
    if isinstance(node, IncludeNode):
        return _text_of_include(node)
    if not _depends_on_language_only(node):
        return None
    try:
        return _rendered(node, engine)
    except NoReverseMatch:  # an address of the simulation alone, under its own condition
        return None


def _rendered(node: Node, engine: Any) -> SafeString:
    context = Context()
    context.template = Template("", engine=engine)
    return SafeString(node.render(context))


def _sentence_of(node: TranslateNode, engine: Any) -> SafeString:
    """The sentence that `{% translate … as name %}` assigns."""
    shown = TranslateNode(node.filter_expression, node.noop, None, node.message_context)
    return _rendered(shown, engine)


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

    def __init__(self, as_written: URLNode, parts: list[str], patterns: list[str]) -> None:
        self.as_written, self.parts = as_written, parts
        self.keys = list(zip(as_written.kwargs.values(), patterns, parts[1:], strict=True))

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


def _address(node: URLNode) -> Node:
    """The same address, its parts found once; or the node itself, where they can't be."""
    if node.asvar or node.args or not node.kwargs or not _is_constant(node.view_name):
        return node
    name = node.view_name.resolve(Context())
    converters = _converters(name)
    probes = dict(zip(node.kwargs, _PROBES, strict=False))
    with contextlib.suppress(NoReverseMatch):
        rest = reverse(name, kwargs={key: str(probe) for key, probe in probes.items()})
        parts = []
        for probe in probes.values():
            part, found, rest = rest.partition(str(probe))
            if not found:  # not in this order
                return node
            parts.append(part)
        if converters.keys() >= probes.keys():
            patterns = [converters[key].regex for key in probes]
            return AddressNode(node, [*parts, rest], patterns)
    return node


def _converters(name: str) -> dict[str, Any]:
    """What reads the keys in the address of a view; nothing where several addresses have its name.

    Walks the namespaces as Django does when it writes an address.
    """
    *namespaces, view = name.split(":")
    resolver = get_resolver()
    converters: dict[str, Any] = {}
    for namespace in namespaces:
        if namespace not in resolver.namespace_dict:
            return {}
        _prefix, resolver = resolver.namespace_dict[namespace]
        converters |= resolver.pattern.converters
    possible = resolver.reverse_dict.getlist(view)
    return converters | possible[0][3] if len(possible) == 1 else {}


def _text_of_include(node: IncludeNode) -> str | None:
    if not isinstance(node.template, FixedTemplate):
        return None
    nodes = list(node.template.template.nodelist)
    texts = [child.s for child in nodes if isinstance(child, TextNode)]
    return "".join(texts) if len(texts) == len(nodes) else None


def _depends_on_language_only(node: Node) -> bool:
    match node:
        case TranslateNode():
            return not node.asvar and _is_sentence(node)
        case BlockTranslateNode():
            tokens = [*node.singular, *(node.plural or ())]
            is_plain = all(token.token_type == TokenType.TEXT for token in tokens)
            return is_plain and not (node.asvar or node.counter or node.extra_context)
        case StaticNode():
            return node.varname is None and _is_constant(node.path)
        case URLNode():
            arguments = [node.view_name, *node.args, *node.kwargs.values()]
            return node.asvar is None and all(map(_is_constant, arguments))
        case SimpleNode():
            return _is_pure(node)
    return False


def _is_sentence(node: TranslateNode) -> bool:
    """Whether what it translates is written in the template."""
    sentence = node.filter_expression
    is_written = isinstance(sentence.var, Variable) and sentence.var.literal is not None
    return (
        is_written
        and not sentence.filters
        and (node.message_context is None or _is_constant(node.message_context))
    )


def _is_pure(node: SimpleNode) -> bool:
    arguments = [*node.args, *node.kwargs.values()]
    is_text = not isinstance(node, SimpleBlockNode) or not node.nodelist.contains_nontext
    is_constant = all(map(_is_constant, arguments))
    return node.func in _pure and node.target_var is None and is_text and is_constant


def _is_constant(expression: Any) -> bool:
    """Whether it is a literal, translated (`_("…")`) or not."""
    if not isinstance(expression, FilterExpression) or expression.filters:
        return False
    var = expression.var
    return isinstance(var, str | Promise) or (isinstance(var, Variable) and var.literal is not None)
