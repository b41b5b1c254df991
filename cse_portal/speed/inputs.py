"""How the widgets of forms become HTML: as Django's own, the plain ones without a template each."""

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
    """Django's own; an input, of which a page may have hundreds, is written straight."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        widget = context.get("widget", {})
        is_bare = template_name in OPTIONS and not widget["wrap_label"]
        if template_name in INPUTS or is_bare:
            return written(widget)
        return super().render(template_name, context, request)


def escaped(value: Any) -> str:
    """As Django's `conditional_escape`, without its look at what may be a promise."""
    text = str(value)
    return text if hasattr(text, "__html__") else escape(text)


def written(widget: dict[str, Any]) -> SafeString:
    """`<input type="text" name="…" value="…" id="…">`, whatever comes from outside escaped."""
    said = {"type": widget["type"], "name": widget["name"]}
    if widget["value"] is not None:
        said["value"] = widget["value"]
    pairs = "".join(
        f" {escaped(name)}" if value is True else f' {escaped(name)}="{escaped(value)}"'
        for name, value in [*said.items(), *widget["attrs"].items()]
        if value is not False
    )
    return mark_safe(f"<input{pairs}>")  # noqa: S308 - escaped above, piece by piece
