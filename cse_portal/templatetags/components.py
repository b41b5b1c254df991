"""The components that pages are composed of: each has one template, in `templates/components/`.

A page says what it shows (`{% alert "warning" %}`, `{% link_button _("Edit") "users:file" %}`) and
holds no markup of its own for what a component does. Their states are on the component page.
"""

import datetime
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser
from django.forms import BoundField, CheckboxInput
from django.forms.boundfield import BoundWidget
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.template.loader import get_template
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from cse_portal import clock
from cse_portal.acting.permissions import Verb, may
from cse_portal.companies.person import Person
from cse_portal.speed.languages import cached_by_language
from cse_portal.speed.templates import depends_on_arguments_only

register = template.Library()

BUTTONS = {
    "primary": "btn-primary",
    "secondary": "btn-outline-primary",
    "danger": "btn-outline-danger",
    "link": "btn-link",
}
ALERTS = ("success", "warning", "danger")
STATUSES = ("ok", "wait", "no", "off")


def component(name: str, /, **context: object) -> SafeString:
    """A component's template, filled in."""
    # the backend's own template: no request and no context processor for each button
    found: Any = get_template(f"components/{name}.html")
    return found.template.render(Context(context))


def known(kind: str, kinds: Collection[str]) -> str:
    """A misspelt kind is a mistake of the page's author: an error, not a page without style."""
    if kind not in kinds:
        raise TemplateSyntaxError(f"{kind} is none of: {', '.join(kinds)}")
    return kind


# --- buttons --------------------------------------------------------------------------------------


@register.simple_tag
@depends_on_arguments_only
def button(
    label: str, *, kind: str = "primary", name: str = "", value: str = "1", of: str = ""
) -> str:
    """What submits the form around it. `of` is read after the label by a screen reader."""
    style = BUTTONS[known(kind, BUTTONS)]
    return component("button", label=label, style=style, name=name, value=value, of=of)


@register.simple_tag
@depends_on_arguments_only
def link_button(
    label: str,
    view: str = "",
    *,
    href: str = "",
    kind: str = "primary",
    of: str = "",
    **keys: object,
) -> str:
    """A link that looks like a button: the address of a view, with its keys, or a ready `href`."""
    style = BUTTONS[known(kind, BUTTONS)]
    address = href or reverse(view, kwargs=keys or None)
    return component("button", label=label, style=style, href=address, of=of)


@register.simple_block_tag
@depends_on_arguments_only
def actions(content: str) -> str:
    """The buttons of a page: the primary one first, in reading order."""
    return component("actions", content=content)


# --- words ----------------------------------------------------------------------------------------


@register.filter
def day(value: datetime.date | None) -> str:
    """A day in the page's language; of an instant, the day that it was in Québec."""
    if isinstance(value, datetime.datetime):
        value = clock.in_quebec(value).date()
    return _day(value) if value else ""


@cached_by_language
def _day(value: datetime.date) -> str:
    return date_format(value, "DATE_FORMAT")


# --- who may ---


@register.filter(name="may")
def may_do(person: Person | AnonymousUser, verb: str) -> bool:
    """Whether the person may do it, by the one table: `{% if request.user|may:"see_files" %}`."""
    return may(person, Verb(verb))


# --- fields of forms ------------------------------------------------------------------------------


@register.filter
def as_shown(field: BoundField) -> dict[str, object]:
    """What the component of a field says of it, asked once: what kind of field, in which state."""
    asked: Any = field.field
    kind = _kind_of(field)
    return {
        "kind": kind,
        "id": field.auto_id,
        "for": field.id_for_label,
        "label": conditional_escape(field.label),  # of a promise, the words: it is looked at twice
        "hint": conditional_escape(field.help_text) if field.help_text else "",
        "errors": field.errors,
        "describedby": field.aria_describedby,
        "is_optional": not (asked.required or getattr(asked, "is_conditional", False)),
        "options": [_option(one) for one in field] if kind == "group" else [],
    }


def _option(option: BoundWidget) -> dict[str, object]:
    """One of a group: a template finds what a dictionary has at its first look, and all of it."""
    return {
        "tag": option.tag(),
        "for": option.id_for_label,
        "label": option.choice_label,
        "hint": option.data.get("hint", ""),
    }


def _kind_of(field: BoundField) -> str:
    if field.is_hidden:
        return "hidden"
    if field.use_fieldset:
        return "group"
    return "box" if isinstance(field.field.widget, CheckboxInput) else "line"


# --- what frames a page ---------------------------------------------------------------------------


@register.simple_tag
@cached_by_language
def main_menu(items: tuple[object, ...]) -> SafeString:
    """The tree of the person's own screens, the one shown marked, in the page's language."""
    return component("menu", menu=items)


# --- messages -------------------------------------------------------------------------------------


@register.simple_block_tag
@depends_on_arguments_only
def alert(content: str, kind: str, *, focus: bool = False) -> str:
    """What the person must not miss: a success, a warning, a danger."""
    return component("alert", content=content, kind=known(kind, ALERTS), focus=focus)


@register.simple_block_tag
@depends_on_arguments_only
def note(content: str, *, on_paper: bool = True) -> str:
    """What follows from an act, or what to know before it; on the printed sheet too, or not."""
    return component("note", content=content, on_paper=on_paper)


@register.simple_block_tag
@depends_on_arguments_only
def when_empty(content: str, id: str = "") -> str:  # noqa: A002 - the attribute's own name
    """A list without a row: it says what to do."""
    return component("when_empty", content=content, id=id)


@register.simple_tag
@depends_on_arguments_only
def status(kind: str, label: str) -> str:
    """A state by a word, a shape and a colour: ok, wait, no, off."""
    return _status(known(kind, STATUSES), str(label))


@cached_by_language
def _status(kind: str, label: str) -> str:
    return component("status", kind=kind, label=label)


@register.simple_tag
@cached_by_language
def unread_messages(count: int) -> str:
    """How many messages wait to be read: on every page."""
    sentence = ngettext("%(count)s unread message", "%(count)s unread messages", count)
    return sentence % {"count": localize(count)}


@register.simple_block_tag
@depends_on_arguments_only
def summary_list(content: str, style: str = "") -> str:
    """Questions and answers, or names and values."""
    return component("summary_list", content=content, style=style)


@register.simple_block_tag
@depends_on_arguments_only
def summary_row(content: str, label: str) -> str:
    """One name and its value."""
    return component("summary_row", content=content, label=label)


@register.simple_block_tag
@depends_on_arguments_only
def help_panel(content: str, title: str) -> str:
    """A short explanation that opens without script."""
    return component("help_panel", content=content, title=title)


@register.simple_block_tag
def pick(content: str, name: str, value: str, id: str, *, is_chosen: bool = False) -> str:  # noqa: A002
    """A radio button whose whole row is the target."""
    return component("pick", content=content, name=name, value=value, id=id, is_chosen=is_chosen)


@register.simple_block_tag
@depends_on_arguments_only
def apart(content: str) -> str:
    """An act that takes away: separate from the others, and confirmed on its own page."""
    return component("apart", content=content)


# --- table: rows and cells are nodes, not templates: a page has hundreds of them ------------------


class TableNode(Node):
    """`{% table caption _("Name") _("Day") id="x" choice=True %}`: a list of rows.

    On a phone each row becomes a card, whose cells bear the names of their columns. A list among
    these is as many columns.
    """

    def __init__(
        self, rows: NodeList, labels: list[FilterExpression], options: dict[str, FilterExpression]
    ) -> None:
        self.nodelist, self.labels, self.options = rows, labels, options

    def render(self, context: Context) -> SafeString:
        caption, *columns = [label.resolve(context) for label in self.labels]
        options: dict[str, object] = {"id": "", "choice": False}  # what is missing is searched for
        options |= {name: value.resolve(context) for name, value in self.options.items()}
        lists = [one if isinstance(one, list) else [one] for one in columns]
        names = [conditional_escape(name) for name in chain.from_iterable(lists)]
        with context.push(columns=names):
            content = self.nodelist.render(context)
        heads = SafeString("".join(f'<th scope="col">{one}</th>' for one in names))
        return component("table", caption=caption, heads=heads, content=content, **options)


class RowNode(Node):
    """One row: its cells take the names of the columns, in their order."""

    def __init__(self, cells: NodeList) -> None:
        self.nodelist = cells

    def render(self, context: Context) -> SafeString:
        with context.push(columns_left=iter(context["columns"])):
            return SafeString(f"<tr>{self.nodelist.render(context)}</tr>")  # escaped when rendered


class CellNode(Node):
    """A cell, or the header of its row, which names what the row is about."""

    def __init__(
        self, nodelist: NodeList, options: dict[str, FilterExpression], *, is_header: bool
    ) -> None:
        self.nodelist, self.options, self.is_header = nodelist, options, is_header

    def render(self, context: Context) -> SafeString:
        columns: Iterator[str] = context["columns_left"]
        column = next(columns)
        kind = self.options["kind"].resolve(context) if self.options else ""
        style = f' class="{conditional_escape(kind)}"' if kind else ""
        content = self.nodelist.render(context).strip()  # escaped when rendered
        if self.is_header:
            return SafeString(f'<th scope="row"{style}>{content}</th>')
        return SafeString(f'<td{style} data-label="{column}">{content}</td>')


def _options(parser: Parser, token: Token, *allowed: str) -> dict[str, FilterExpression]:
    bits = token.split_contents()[1:]
    options = token_kwargs(bits, parser)
    if bits or options.keys() - set(allowed):
        raise TemplateSyntaxError(f"{token.contents}: only {', '.join(allowed) or 'nothing'}")
    return options


def _until(parser: Parser, end: str) -> NodeList:
    nodes = parser.parse((end,))
    parser.delete_first_token()
    return nodes


@register.tag("table")
def table(parser: Parser, token: Token) -> TableNode:
    bits = token.split_contents()[1:]
    labels = []
    while bits and "=" not in bits[0].split('"')[0]:
        labels.append(parser.compile_filter(bits.pop(0)))
    options = token_kwargs(bits, parser)
    if bits or not labels or options.keys() - {"id", "choice"}:
        raise TemplateSyntaxError(f"{token.contents}: a caption, the columns, id=, choice=")
    return TableNode(_until(parser, "endtable"), labels, options)


@register.tag("table_row")
def table_row(parser: Parser, token: Token) -> RowNode:
    _options(parser, token)
    return RowNode(_until(parser, "endtable_row"))


@register.tag("row_header")
def row_header(parser: Parser, token: Token) -> CellNode:
    options = _options(parser, token, "kind")
    return CellNode(_until(parser, "endrow_header"), options, is_header=True)


@register.tag("cell")
def cell(parser: Parser, token: Token) -> CellNode:
    options = _options(parser, token, "kind")
    return CellNode(_until(parser, "endcell"), options, is_header=False)


@register.simple_tag(takes_context=True)
def cells(context: Context, contents: list[str]) -> SafeString:
    """The cells of as many columns that the page has as a list."""
    columns: Iterator[str] = context["columns_left"]
    return SafeString(
        "".join(
            f'<td data-label="{next(columns)}">{conditional_escape(content)}</td>'
            for content in contents
        )
    )


@register.simple_tag
def choice(name: str, value: object, *, is_offered: bool = True) -> SafeString:
    """The radio button of a row; a row that can't be chosen has none."""
    if not is_offered:
        return format_html('<td class="{}"></td>', "choice")
    return format_html(
        '<td class="choice"><input type="radio" name="{0}" value="{1}" id="{0}_{1}"></td>',
        name,
        value,
    )
