"""Pages compose components: what a component does has its markup in one template."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils.safestring import SafeString

TEMPLATES = Path(__file__).parents[2] / "templates"
COMPONENTS = TEMPLATES / "components"
#: by their style: whoever writes one of these in a page writes a component's markup again
STYLES = (
    *("btn", "actions", "alert", "note", "done", "empty", "tag", "rows", "table", "todo", "pages"),
    *("trail", "narrow", "error-summary", "pick", "apart", "help", "search-row", "form-select"),
    *("simulation", "top", "foot", "session", "card-of"),
)
#: they can rely on nothing, or stand in the admin, which has its own look
OUTSIDE = {"plain_page.html"}
#: a piece of another component, shown with it
PIECES = {"pick", "person_card", "summary_row", "summary_list", "help_panel", "error_line", "field"}


def pages():
    for page in sorted(TEMPLATES.rglob("*.html")):
        is_component = COMPONENTS in page.parents or "admin" in page.parts or "mail" in page.parts
        if not is_component and page.name not in OUTSIDE:
            yield page


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_page_holds_no_markup_of_a_component(page):
    classes = " ".join(re.findall(r'class="([^"]*)"', page.read_text())).split()
    assert not set(classes) & set(STYLES)


def test_every_component_is_on_the_component_page(client, db):
    page = (TEMPLATES / "sandbox" / "components.html").read_text()
    frame = (TEMPLATES / "base.html").read_text()
    for component in COMPONENTS.glob("*.html"):
        name = component.stem
        tag = rf"{{% {name}\b|components/{name}.html|{{% link_{name}\b"
        assert re.search(tag, page + frame) or name in PIECES, name


def test_a_misspelt_kind_is_said():
    for written in ('{% status "okay" "Yes" %}', '{% button "Go" kind="blue" %}'):
        with pytest.raises(TemplateSyntaxError, match="none of"):
            Template(written).render(Context())


def test_a_table_names_its_cells_by_its_columns():
    written = """{% table caption "Name" _("Status") id="people" choice=True %}{% for one in rows %}
        {% table_row %}{% choice "who" one %}{% row_header %}{{ one }}{% endrow_header %}
        {% cell kind="date" %}<{{ one }}>{% endcell %}{% endtable_row %}
        {% endfor %}{% endtable %}"""
    shown = Template(written).render(Context({"rows": ["<b>", "2"], "caption": "A & B"}))
    assert "<caption>A &amp; B</caption>" in shown
    assert shown.count('<th scope="row">') == 2
    assert '<td class="date" data-label="État"><&lt;b&gt;></td>' in shown
    assert 'id="who_2"' in shown
    assert '<table class="table" id="people" tabindex="-1">' in shown


def test_a_list_of_names_is_as_many_columns_whose_cells_stand_in_their_place():
    written = """{% table "Files" _("Name") titles _("Status") %}{% table_row %}
        {% row_header %}Julie{% endrow_header %}{% cells added %}{% cell %}Active{% endcell %}
        {% endtable_row %}{% endtable %}"""
    added = {"titles": ["A", "B & C"], "added": [SafeString("<b>1</b>"), "<2>"]}
    shown = Template(written).render(Context(added))
    heads = ["Nom", "A", "B &amp; C", "État"]
    assert [f'<th scope="col">{head}</th>' in shown for head in heads] == [True] * 4
    assert '<td data-label="A"><b>1</b></td><td data-label="B &amp; C">&lt;2&gt;</td>' in shown
    assert '<td data-label="État">Active</td>' in shown
    nothing_added = Template(written).render(Context({"titles": [], "added": []}))
    assert nothing_added.count("<td") == 1
