"""What a compiled template is made of, and an address of parts: as in Django 5.2."""

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from django.template import Context, Engine, Library, Node, NodeList
from django.template.base import (
    FilterExpression,
    Template,
    TextNode,
    Token,
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
from django.urls import URLResolver, get_resolver
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from cse_portal.speed.adapters.needs import Call, Need

#: the dictionaries of names that a page knows, the last one first asked
layers: Callable[[Context], list[dict[str, Any]]] = attrgetter("dicts")
#: one node of each kind that is read, and what is read of it
EXAMPLES: list[tuple[type[Node], str, tuple[str, ...]]] = [
    (TextNode, "x", ("s",)),
    (VariableNode, "{{ x.y|upper }}", ("filter_expression",)),
    (IfNode, "{% if x %}{% endif %}", ("conditions_nodelists",)),
    (IncludeNode, "{% include 'x' %}", ("template", "child_nodelists")),
    (LoadNode, "{% load i18n %}", ()),
    (CommentNode, "{% comment %}{% endcomment %}", ()),
    (AutoEscapeControlNode, "{% autoescape on %}{% endautoescape %}", ()),
    (LanguageNode, "{% language 'fr' %}{% endlanguage %}", ()),
    (URLNode, "{% url 'x' y=1 %}", ("view_name", "args", "kwargs", "asvar")),
    (StaticNode, "{% static 'x' %}", ("varname", "path")),
    (
        TranslateNode,
        "{% translate 'x' as y %}",
        ("asvar", "filter_expression", "message_context", "noop"),
    ),
    (
        BlockTranslateNode,
        "{% blocktranslate %}x{% endblocktranslate %}",
        ("asvar", "counter", "extra_context", "singular", "plural"),
    ),
    (SimpleNode, "{% example 1 %}", ("args", "kwargs", "func", "target_var")),
    (SimpleBlockNode, "{% example_block 1 %}{% endexample_block %}", ("nodelist",)),
]
register = Library()


@register.simple_tag
def example(value: object) -> str:
    """A tag of a library, for EXAMPLES."""
    return str(value)


@register.simple_block_tag
def example_block(content: str, value: object) -> str:
    """A block tag of a library, for EXAMPLES."""
    return f"{value}{content}"


class Nodes:
    """Compiled templates, read and changed from inside."""

    def needs_of_nodes(self) -> Iterator[Need | Call]:
        """What is looked for."""
        engine = Engine(
            libraries={"i18n": "django.templatetags.i18n"},
            builtins=[
                *("django.templatetags.i18n", "django.templatetags.static"),
                "cse_portal.speed.adapters.nodes",
            ],
        )
        yield Need(Node, ("child_nodelists", "render", "render_annotated"))
        yield Need(NodeList, ("contains_nontext",))
        yield Need(Context(), ("dicts", "autoescape"))
        for kind, source, names in EXAMPLES:
            template = engine.from_string(source)
            found = next((node for node in template.nodelist if type(node) is kind), object())
            yield Need(found, names)
            if isinstance(found, VariableNode):
                yield Need(found.filter_expression, ("var", "filters"))
                yield Need(found.filter_expression.var, ("lookups", "literal", "translate"))
        yield Need(Token(TokenType.TEXT, ""), ("token_type",))
        yield Call(TranslateNode, ("filter_expression", "noop", "asvar", "message_context"))
        yield Need(base.Loader, ("get_template",))
        yield Call(cached.Loader.cache_key, ("self", "template_name", "skip"))
        yield Need(URLResolver, ("namespace_dict", "reverse_dict"))

    def fold(self, template: Template, by: Callable[[NodeList], NodeList]) -> None:
        """Replace the nodes of a template."""
        template.nodelist = by(template.nodelist)

    def listed(self, nodes: Iterable[Node]) -> NodeList:
        """The nodes as a template has them; neighbouring texts are one."""
        result = NodeList()
        for node in nodes:
            last = result[-1] if result else None
            if isinstance(node, TextNode) and isinstance(last, TextNode):
                result[-1] = TextNode(last.s + node.s)
            else:
                result.append(node)
        result.contains_nontext = any(not isinstance(node, TextNode) for node in result)
        return result

    def text(self, text: str) -> Node:
        """A node of plain text."""
        return TextNode(text)

    def says_nothing(self, node: Node) -> bool:
        """Whether a page never shows anything of it."""
        return isinstance(node, LoadNode | CommentNode)

    def changes_what_is_inside(self, node: Node) -> bool:
        """Whether another language, or another escaping, holds below it."""
        return isinstance(node, LanguageNode | AutoEscapeControlNode)

    def fold_below(self, node: Node, by: Callable[[NodeList], NodeList]) -> None:
        """Replace the nodes that stand inside of a node."""
        if isinstance(node, IfNode):
            node.conditions_nodelists = [
                (condition, by(below)) for condition, below in node.conditions_nodelists
            ]
            return
        # a block tag of a library does not name its child
        names = ("nodelist",) if isinstance(node, SimpleBlockNode) else node.child_nodelists
        for name in names:
            below = getattr(node, name, None)
            if isinstance(below, NodeList):
                setattr(node, name, by(below))

    def name_of_included(self, node: Node) -> str | None:
        """The name of the template that is included, if it is written there."""
        if not isinstance(node, IncludeNode) or not is_constant(node.template):
            return None
        return str(node.template.resolve(Context()))

    def include_now(self, node: Any, template: Template) -> None:
        """Put the template in place of the expression that named it."""
        node.template = FixedTemplate(template)

    def text_of_included(self, node: Node) -> str | None:
        """What an included template says, if it is text alone, and was put there before."""
        if not isinstance(node, IncludeNode) or not isinstance(node.template, FixedTemplate):
            return None
        nodes = list(node.template.template.nodelist)
        texts = [child.s for child in nodes if isinstance(child, TextNode)]
        return "".join(texts) if len(texts) == len(nodes) else None

    def depends_on_language_only(self, node: Node, pure: set[Callable[..., Any]]) -> bool:
        """Whether it says the same on all pages in a language; `pure`: tags that are functions."""
        match node:
            case TranslateNode():
                return not node.asvar and is_sentence(node)
            case BlockTranslateNode():
                tokens = [*node.singular, *(node.plural or ())]
                is_plain = all(token.token_type == TokenType.TEXT for token in tokens)
                return is_plain and not (node.asvar or node.counter or node.extra_context)
            case StaticNode():
                return node.varname is None and is_constant(node.path)
            case URLNode():
                arguments = [node.view_name, *node.args, *node.kwargs.values()]
                return node.asvar is None and all(map(is_constant, arguments))
            case SimpleNode():
                below: Any = getattr(node, "nodelist", None)  # of a block
                is_text = below is None or not below.contains_nontext
                values = [*node.args, *node.kwargs.values()]
                is_pure = node.func in pure and node.target_var is None
                return is_pure and is_text and all(map(is_constant, values))
        return False

    def assigned_sentence(self, node: Node) -> tuple[str, Node] | None:
        """The name and the sentence, shown, of `{% translate "…" as name %}`."""
        if not (isinstance(node, TranslateNode) and node.asvar and is_sentence(node)):
            return None
        shown = TranslateNode(node.filter_expression, node.noop, None, node.message_context)
        return node.asvar, shown

    def address(self, node: Node) -> tuple[str, dict[str, Any]] | None:
        """The view and the keys of a `{% url %}` that is shown, and whose keys have names."""
        if not isinstance(node, URLNode) or node.asvar or node.args or not node.kwargs:
            return None
        if not is_constant(node.view_name):
            return None
        return node.view_name.resolve(Context()), node.kwargs

    def converters(self, view: str) -> dict[str, Any]:
        """What reads the keys in the address of a view; nothing where several have its name.

        Walks the namespaces as Django does when it writes an address.
        """
        *namespaces, name = view.split(":")
        resolver = get_resolver()
        converters: dict[str, Any] = {}
        for namespace in namespaces:
            if namespace not in resolver.namespace_dict:
                return {}
            _prefix, resolver = resolver.namespace_dict[namespace]
            converters |= resolver.pattern.converters
        possible = resolver.reverse_dict.getlist(name)
        return converters | possible[0][3] if len(possible) == 1 else {}

    def names_looked_up(self, node: Node) -> tuple[str, ...]:
        """The names of `{{ name.name }}`; none where it is anything more."""
        if type(node) is not VariableNode:
            return ()
        expression: Any = node.filter_expression
        var = expression.var
        if expression.filters or not isinstance(var, Variable) or var.translate:
            return ()
        return tuple(var.lookups or ())

    def rendered_alone(self, node: Node, engine: Any) -> SafeString:
        """What a node says outside of any page."""
        context = Context()
        context.template = Template("", engine=engine)
        return SafeString(node.render(context))


class FixedTemplate:
    """A loaded template, in place of the expression that named it."""

    def __init__(self, template: Template) -> None:
        self.template = template

    def resolve(self, _context: Context) -> Template:
        return self.template


def is_constant(expression: Any) -> bool:
    """Whether it is a literal, translated (`_("…")`) or not."""
    if not isinstance(expression, FilterExpression) or expression.filters:
        return False
    var = expression.var
    return isinstance(var, str | Promise) or (isinstance(var, Variable) and var.literal is not None)


def is_sentence(node: TranslateNode) -> bool:
    """Whether what it translates is written in the template."""
    sentence = node.filter_expression
    is_written = isinstance(sentence.var, Variable) and sentence.var.literal is not None
    return (
        is_written
        and not sentence.filters
        and (node.message_context is None or is_constant(node.message_context))
    )
