"""How the widgets of forms become HTML: as Django's own, the plain ones without a template each.

Without it a form costs 1.15 to 1.5 times as much, and the page of a proxy's rights misses its goal.
"""

from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe

_WIDGETS = "django/forms/widgets/"
#: widgets that are one `<input>`
INPUTS = {
    f"{_WIDGETS}{name}.html"
    for name in ("checkbox", "date", "email", "hidden", "input", "number", "password", "text")
}
#: the same, in a list: radio buttons, boxes to tick
OPTIONS = {f"{_WIDGETS}{name}.html" for name in ("checkbox_option", "radio_option")}


class Renderer(TemplatesSetting):
    """Django's own; an input, of which a page may have hundreds, is written without a template."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget", {})
        is_bare = template_name in OPTIONS and not widget["wrap_label"]
        if template_name in INPUTS or is_bare:
            return input_of(widget)
        return super().render(template_name, context, request)


def escaped(value: Any) -> str:
    """As Django's `conditional_escape`, without its look at what may be a promise."""
    text = str(value)
    return text if hasattr(text, "__html__") else escape(text)


def input_of(widget: dict[str, Any]) -> SafeString:
    """`<input type="text" name="…" value="…" id="…">`, whatever comes from outside escaped."""
    attributes = {"type": widget["type"], "name": widget["name"]}
    if widget["value"] is not None:
        attributes["value"] = widget["value"]
    pairs = "".join(
        f" {escaped(name)}" if value is True else f' {escaped(name)}="{escaped(value)}"'
        for name, value in [*attributes.items(), *widget["attrs"].items()]
        if value is not False
    )
    return mark_safe(f"<input{pairs}>")  # noqa: S308 - escaped above, piece by piece
