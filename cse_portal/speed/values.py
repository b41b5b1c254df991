"""`{{ person.family_name }}`: a text that a row or the page holds is found and escaped directly.

Django first tries each name as a key, then as an attribute, asks whether what it found can be
called, and how the page's language writes it. For a text none of that changes anything. Whatever is
anything else, or is not there, is left to Django.
"""

from html import escape

from django.db.models import Model
from django.template import Context, Node
from django.utils.safestring import SafeString

from cse_portal.speed.adapters import django
from cse_portal.speed.adapters.nodes import layers

#: what no row and no page holds
NOTHING = object()


class TextOfRow(Node):
    """`{{ row.column }}`, or `{{ name }}`, in place of Django's node."""

    child_nodelists = ()

    def __init__(self, as_written: Node, name: str, column: str) -> None:
        self.as_written, self.name, self.column = as_written, name, column

    def render(self, context: Context) -> str:
        value = self.found_in(context)
        if type(value) is SafeString:
            return value
        if type(value) is str and context.autoescape:
            return SafeString(escape(value))  # escaped in the line itself
        return self.as_written.render(context)

    def render_annotated(self, context: Context) -> str:
        """As Django's, which only adds the line of the template to an error in debug mode."""
        return self.render(context)

    def found_in(self, context: Context) -> object:
        """The value; NOTHING where Django has to look for it."""
        for names in reversed(layers(context)):
            if self.name in names:
                value = names[self.name]
                break
        else:
            return NOTHING
        if not self.column:
            return value
        return value.__dict__.get(self.column, NOTHING) if isinstance(value, Model) else NOTHING


def found_directly(node: Node) -> Node:
    """The node in its place; itself where it is more than a name and a column at most."""
    name, *columns = django().names_looked_up(node) or ("",)
    if len(columns) > 1 or name in {"", "forloop", "block"}:
        return node
    return TextOfRow(node, name, columns[0] if columns else "")
