"""An undefined variable in a template of the portal is an error; in another package’s it is not."""

import pytest
from django.conf import settings
from django.template import Context, Origin, Template

from tests.undefined import UndefinedVariable

OURS = Origin(str(settings.BASE_DIR / "templates" / "sample.html"))
ANOTHER = Origin("/usr/lib/django/contrib/admin/templates/sample.html")
SHOWN = [
    "{{ nobody }}",
    "{{ nobody.name }}",
    "{{ somebody.nickname }}",
    "{{ nobody|lower }}",
    "{% if 1 %}{{ nobody }}{% endif %}",
    "{% with name=nobody %}{% endwith %}",
    "{% blocktranslate %}Hello {{ nobody }}{% endblocktranslate %}",
    "{% blocktranslate with name=nobody %}Hello {{ name }}{% endblocktranslate %}",
    "{% url 'users:file' person=nobody.pk %}",
    "{% link_button nobody 'home' %}",
]
CONDITIONS = ["{% if nobody %}{% endif %}", "{% for one in nobody %}{% endfor %}"]


def rendered(source: str, origin: Origin) -> str:
    return Template(source, origin=origin).render(Context({"somebody": {"name": "Julie"}}))


@pytest.mark.parametrize("source", SHOWN)
def test_a_variable_that_nobody_gave_is_an_error(source):
    with pytest.raises(UndefinedVariable, match=r"(nobody|somebody).*sample\.html"):
        rendered(source, OURS)


def test_a_default_says_what_stands_in_its_place():
    assert rendered("{{ nobody.name|default:'–' }}", OURS) == "–"


@pytest.mark.parametrize("source", CONDITIONS)
def test_a_condition_may_ask_whether_there_is_one(source):
    assert rendered(source, OURS) == ""


def test_another_packages_template_shows_nothing_instead():
    assert rendered("{{ nobody }}{{ nobody|default:'–' }}", ANOTHER) == "–"
