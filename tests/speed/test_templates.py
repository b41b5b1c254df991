"""Templates compiled once for each language: what is written down then, and what is not."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Engine
from django.template.base import TextNode
from django.urls import NoReverseMatch
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from cse_portal.keys import LAST
from cse_portal.speed.templates import Loader
from users.models import User


@pytest.fixture
def loaded():
    """Loads a template of that text, as the portal does; others by their names."""

    def load(text, **others):
        engine = Engine(
            loaders=[
                (
                    "cse_portal.speed.templates.Loader",
                    [("django.template.loaders.locmem.Loader", {"page.html": text} | others)],
                )
            ],
            builtins=[
                "django.templatetags.i18n",
                "django.templatetags.static",
                "cse_portal.templatetags.components",
            ],
        )
        assert isinstance(engine.template_loaders[0], Loader)
        return engine

    return load


def said(engine, language, **context):
    with translation.override(language):
        return engine.get_template("page.html").render(Context(context))


def is_text(engine, language):
    with translation.override(language):
        nodes = engine.get_template("page.html").nodelist
        return len(nodes) == 1 and isinstance(nodes[0], TextNode)


CONSTANTS = {
    "a sentence": ('{% translate "Home" %}', "Accueil", "Home"),
    "a longer one": (
        "{% blocktranslate %}Home{% endblocktranslate %}",
        "Accueil",
        "Home",
    ),
    "an address": ("<a href=\"{% url 'home' %}\">", '"/fr/accueil/"', '"/en/home/"'),
    "a file": ("{% static 'icon.svg' %}", "icon", "icon"),
    "a component": ('{% link_button _("Home") "home" %}', "Accueil", "Home"),
    "a component around text": (
        '{% actions %}{% translate "Home" %}{% endactions %}',
        "Accueil",
        "Home",
    ),
    "an included text": ('{% include "other.html" %}', "Accueil", "Home"),
}


@pytest.mark.parametrize(("text", "french", "english"), CONSTANTS.values(), ids=CONSTANTS)
def test_what_a_language_decides_is_written_down_once_for_each(loaded, text, french, english):
    engine = loaded(text, **{"other.html": '{% translate "Home" %}'})
    for _again in range(2):
        assert french in said(engine, "fr")
        assert english in said(engine, "en")
    assert is_text(engine, "fr")
    assert is_text(engine, "en")


VARIABLES = {
    "a value": "{{ name }}",
    "a condition": "{% if name %}{{ name }}{% endif %}",
    "a sentence around a value": "{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}",
    "a translated value": "{% translate name %}",
    "a component about a value": "{% link_button name 'home' %}",
    "a component around a value": "{% actions %}{{ name }}{% endactions %}",
    "a sentence kept under a name": '{% translate "Home" as said %}{{ name }}',
}


@pytest.mark.parametrize("text", VARIABLES.values(), ids=VARIABLES)
def test_what_a_page_decides_is_not(loaded, text):
    engine = loaded(text)
    assert "Zoé" in said(engine, "fr", name="Zoé")
    assert "Luc" in said(engine, "fr", name="Luc")


def test_what_is_said_in_a_language_of_its_own_stays_in_it(loaded):
    engine = loaded('{% language other %}{% translate "Home" %}{% endlanguage %}')
    assert said(engine, "fr", other="en") == "Home"
    assert said(engine, "fr", other="fr") == "Accueil"


def test_an_address_that_is_not_there_is_a_mistake_only_where_it_is_shown(loaded):
    engine = loaded("{% if shown %}{% url 'nowhere' %}{% endif %}")
    assert said(engine, "fr", shown=False) == ""
    with pytest.raises(Exception, match="nowhere"):
        said(engine, "fr", shown=True)


def test_a_template_may_include_itself(loaded):
    below = "{% if left %}{% include 'page.html' with left=left|slice:'1:' %}{% endif %}"
    again = "{{ left|length }}" + below
    assert said(loaded(again), "fr", left="ab") == "210"


def test_a_child_says_its_blocks_in_the_pages_language(loaded):
    engine = loaded(
        '{% extends "base.html" %}{% block main %}{% translate "Home" %}{% endblock %}',
        **{"base.html": '{% block main %}{% endblock %} {% translate "Messages" %}'},
    )
    assert said(engine, "fr") == "Accueil Messages"
    assert said(engine, "en") == "Home Messages"


ADDRESSES = {
    "a whole number": ("{% url 'users:file' person=key %}", 12, "/fr/dossiers/12/"),
    "a number in words": ("{% url 'users:file' person=key %}", "12", "/fr/dossiers/12/"),
    "a drawn key": ("{% url 'users:file' person=key %}", LAST, f"/fr/dossiers/{LAST}/"),
    "a code": (
        "{% url 'open_service' service=key mandator='1000000001' %}",
        "iqea-operator",
        "/fr/services-electroniques/iqea-operator/1000000001/",
    ),
}


@pytest.mark.parametrize(("text", "key", "address"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_whose_parts_are_known_is_the_one_that_is_written(loaded, text, key, address):
    engine = loaded(text)
    with translation.override("fr"):
        (node,) = engine.get_template("page.html").nodelist
    assert type(node).__name__ == "AddressNode"
    assert said(engine, "fr", key=key) == address
    with translation.override("fr"):
        assert node.as_written.render(Context({"key": key})) == address


@pytest.mark.parametrize("key", ["douze", -1, None, "1/2", ""])
def test_a_key_that_no_address_takes_is_a_mistake_as_ever(loaded, key):
    with pytest.raises(NoReverseMatch):
        said(loaded("{% url 'users:file' person=key %}"), "fr", key=key)


DAYS = {
    "a day": (date(2026, 11, 23), "23 novembre 2026", "November 23, 2026"),
    "an instant of the day before in Québec": (
        datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
        "23 novembre 2026",
        "November 23, 2026",
    ),
}


@pytest.mark.parametrize(("day", "french", "english"), DAYS.values(), ids=DAYS)
def test_a_day_is_written_in_the_pages_language_and_in_quebecs_time(loaded, day, french, english):
    engine = loaded('{{ day|date:"DATE_FORMAT" }}')
    for _again in range(2):
        assert said(engine, "fr", day=day) == french
        assert said(engine, "en", day=day) == english


def test_any_other_form_of_date_is_djangos_own(loaded):
    instant = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    assert said(loaded('{{ day|date:"H:i" }}'), "fr", day=instant) == "21:00"
    assert said(loaded('{{ day|date:"DATE_FORMAT"|default:"–" }}'), "fr", day=None) == "–"


# --- what a row or the page itself holds ----------------------------------------------------------

ODD = "<b>L’Heureux & \"fils\" 'inc.'</b>"
SHOWN: dict[str, object] = {
    "a text": ODD,
    "a safe text": SafeString("<b>Roy</b>"),
    "nothing": None,
    "a number": 1234567,
    "a day": date(2026, 11, 23),
    "a sentence": gettext_lazy("Home"),
    "a function": lambda: ODD,
    "a key of its own": {"family_name": ODD},
    "a row": User(family_name=ODD),
    "a row's number": User(pk=LAST, family_name=SafeString("Roy")),
}
WRITTEN = [
    *("{{ value }}", "{{ value.family_name }}", "{{ value.full_name }}", "{{ value.pk }}"),
    *("{% autoescape off %}{{ value.family_name }}{% endautoescape %}", "{{ value.nowhere }}"),
    *("{% with value=value.family_name %}{{ value }}{% endwith %}", "{{ value.company.name }}"),
]


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("value", SHOWN.values(), ids=SHOWN)
def test_what_a_row_holds_is_shown_as_django_shows_it(loaded, text, value):
    plain = Engine(loaders=[("django.template.loaders.locmem.Loader", {"page.html": text})])
    for language in ("fr", "en"):
        assert said(loaded(text), language, value=value) == said(plain, language, value=value)


def test_a_name_that_a_page_gives_twice_is_the_nearer_one(loaded):
    text = "{{ name }}{% for name in names %}{{ name }}{% endfor %}{{ name }}"
    assert said(loaded(text), "fr", name="&", names=["<", ">"]) == "&amp;&lt;&gt;&amp;"
