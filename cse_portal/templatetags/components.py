"""The components of pages; each has a template in `templates/components/`.

Pages use tags (`{% alert "warning" %}`, `{% link_button _("Edit") "users:file" %}`) and never
repeat a component's markup. The component page shows their states.
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
from cse_portal.models import Company
from cse_portal.speed.languages import cached_by_language, depends_on_arguments_only

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
    """Render a component's template."""
    # rendered without request and context processors, which each button would run again
    wrapper: Any = get_template(f"components/{name}.html")
    return wrapper.template.render(Context(context))


def known(kind: str, kinds: Collection[str]) -> str:
    """The kind itself. Raises TemplateSyntaxError for an unknown kind, such as a misspelling."""
    if kind not in kinds:
        raise TemplateSyntaxError(f"{kind} is none of: {', '.join(kinds)}")
    return kind


# --- buttons --------------------------------------------------------------------------------------


@register.simple_tag
@depends_on_arguments_only
def button(
    label: str, *, kind: str = "primary", name: str = "", value: str = "1", of: str = ""
) -> str:
    """A submit button. `of` completes the label for screen readers."""
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
    """A day in the page's language; for an instant, its day in Québec."""
    if isinstance(value, datetime.datetime):
        value = clock.in_quebec(value).date()
    return _day(value) if value else ""


@cached_by_language
def _day(value: datetime.date) -> str:
    return date_format(value, "DATE_FORMAT")


# --- who, and which company: names alone may be the same ------------------------------------------


@register.filter
def as_person(person: Person) -> SafeString:
    """A person by name, and in small the user code."""
    return _told_apart(person.full_name, person.user_code)


@register.filter
def as_company(company: Company) -> SafeString:
    """A company by name, and in small the identification number."""
    return _told_apart(company.name, company.identification_number)


def _told_apart(name: str, by: str) -> SafeString:
    return format_html('{} <span class="small">{}</span>', name, by)


# --- who may ---


@register.filter(name="may")
def may_do(person: Person | AnonymousUser, verb: str) -> bool:
    """Whether the person may, by `WHO_MAY`: `{% if request.user|may:"see_files" %}`."""
    return may(person, Verb(verb))


# --- fields of forms ------------------------------------------------------------------------------


@register.filter
def as_shown(field: BoundField) -> dict[str, object]:
    """What the template of a field needs: its kind, texts and state, each computed once."""
    form_field = field.field
    kind = _kind_of(field)
    return {
        "kind": kind,
        "id": field.auto_id,
        "for": field.id_for_label,
        "label": conditional_escape(field.label),  # the lazy text is resolved once for two uses
        "hint": conditional_escape(field.help_text) if field.help_text else "",
        "errors": field.errors,
        "describedby": field.aria_describedby,
        "is_optional": not (form_field.required or getattr(form_field, "is_conditional", False)),
        "options": [_option(option) for option in field] if kind == "group" else [],
    }


def _option(option: BoundWidget) -> dict[str, object]:
    """An option of a group, as a dictionary: templates look keys up faster than attributes."""
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
    """The menu of the person's pages, with the current one marked, in the page's language."""
    return component("menu", menu=items)


# --- messages and lists ---------------------------------------------------------------------------


@register.simple_block_tag
@depends_on_arguments_only
def alert(content: str, kind: str, *, focus: bool = False) -> str:
    """An important message: a success, a warning, a danger."""
    return component("alert", content=content, kind=known(kind, ALERTS), focus=focus)


@register.simple_block_tag
@depends_on_arguments_only
def note(content: str, *, on_paper: bool = True) -> str:
    """Consequences or advice; printed too, unless `on_paper` is false."""
    return component("note", content=content, on_paper=on_paper)


@register.simple_block_tag
@depends_on_arguments_only
def when_empty(content: str, id: str = "") -> str:  # noqa: A002 - the attribute's own name
    """A message in place of an empty list: what to do next."""
    return component("when_empty", content=content, id=id)


@register.simple_tag
@depends_on_arguments_only
def status(kind: str, label: str) -> str:
    """A status as text, shape and colour: ok, wait, no, off."""
    return _status(known(kind, STATUSES), str(label))


@cached_by_language
def _status(kind: str, label: str) -> str:
    return component("status", kind=kind, label=label)


@register.simple_tag
@cached_by_language
def unread_messages(count: int) -> str:
    """The number of unread messages, in the header of every page."""
    text = ngettext("%(count)s unread message", "%(count)s unread messages", count)
    return text % {"count": localize(count)}


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
    """A short explanation that opens without JavaScript."""
    return component("help_panel", content=content, title=title)


@register.simple_block_tag
def pick(content: str, name: str, value: str, id: str, *, is_chosen: bool = False) -> str:  # noqa: A002
    """A radio button with its whole row clickable."""
    return component("pick", content=content, name=name, value=value, id=id, is_chosen=is_chosen)


@register.simple_block_tag
@depends_on_arguments_only
def apart(content: str) -> str:
    """A destructive command, apart from the others; its own page confirms it."""
    return component("apart", content=content)


# --- table: rows and cells are nodes, not templates: a page has hundreds of them ------------------


class TableNode(Node):
    """`{% table caption _("Name") _("Day") id="x" choice=True %}`: a list of rows.

    On a phone each row becomes a card, whose cells bear the names of their columns. A list
    among the names gives several columns.
    """

    def __init__(
        self, rows: NodeList, labels: list[FilterExpression], options: dict[str, FilterExpression]
    ) -> None:
        self.nodelist, self.labels, self.options = rows, labels, options

    def render(self, context: Context) -> SafeString:
        caption, *columns = [label.resolve(context) for label in self.labels]
        # defaults: for a missing variable, the template would search the whole context
        options: dict[str, object] = {"id": "", "choice": False}
        options |= {name: value.resolve(context) for name, value in self.options.items()}
        lists = [column if isinstance(column, list) else [column] for column in columns]
        names = [conditional_escape(name) for name in chain.from_iterable(lists)]
        with context.push(columns=names):
            content = self.nodelist.render(context)
        heads = SafeString("".join(f'<th scope="col">{name}</th>' for name in names))
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


class CellsNode(Node):
    """`{% cells contents %}`: several cells, for columns given as a list."""

    child_nodelists = ()

    def __init__(self, contents: FilterExpression) -> None:
        self.contents = contents

    def render(self, context: Context) -> SafeString:
        columns: Iterator[str] = context["columns_left"]
        found = "".join(
            f'<td data-label="{next(columns)}">{conditional_escape(content)}</td>'
            for content in self.contents.resolve(context)
        )
        return SafeString(found)  # escaped when rendered


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


@register.tag("cells")
def cells(parser: Parser, token: Token) -> CellsNode:
    _tag, contents = token.split_contents()
    return CellsNode(parser.compile_filter(contents))


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
