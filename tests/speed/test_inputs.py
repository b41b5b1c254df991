"""Inputs that are written straight are those that Django's own templates would make."""

import pytest
from django import forms
from django.forms.renderers import TemplatesSetting

from cse_portal.speed.inputs import INPUTS, OPTIONS, Renderer

NASTY = "\"><script>alert('x')</script>& é"
CHOICES = [("a", "A"), (NASTY, NASTY), (3, "Trois")]


class EveryWidget(forms.Form):
    text = forms.CharField(help_text="aide", widget=forms.TextInput(attrs={"class": NASTY}))
    optional = forms.CharField(required=False)
    flags = forms.CharField(widget=forms.TextInput(attrs={"hidden": True, "spellcheck": False}))
    number = forms.IntegerField(max_value=9)
    email = forms.EmailField(max_length=9)
    password = forms.CharField(widget=forms.PasswordInput)
    told = forms.CharField(widget=forms.PasswordInput(render_value=True))
    day = forms.DateField()
    hidden = forms.CharField(widget=forms.HiddenInput)
    box = forms.BooleanField()
    radios = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect)
    boxes = forms.MultipleChoiceField(choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    several = forms.ChoiceField(choices=CHOICES)
    long = forms.CharField(widget=forms.Textarea)


ANSWERS = dict.fromkeys(EveryWidget.base_fields, NASTY) | {
    "boxes": ["a", NASTY],
    "radios": "3",
    "box": "on",
    "number": "12",
}


@pytest.mark.parametrize("answers", [None, {}, ANSWERS], ids=["empty", "in error", "filled"])
@pytest.mark.parametrize("name", EveryWidget.base_fields)
def test_an_input_is_what_django_makes_of_it(name, answers):
    ours, djangos = (
        EveryWidget(answers, renderer=renderer)[name]
        for renderer in (Renderer(), TemplatesSetting())
    )
    assert str(ours) == str(djangos)
    if name in {"radios", "boxes"}:
        assert [one.tag() for one in ours] == [one.tag() for one in djangos]
        assert [str(one) for one in ours] == [str(one) for one in djangos]


def test_every_kind_of_input_is_among_those_compared():
    form, used = EveryWidget(), set()
    for bound in form:
        used.add(bound.field.widget.template_name)
        used.add(getattr(bound.field.widget, "option_template_name", ""))
    assert INPUTS - used <= {"django/forms/widgets/input.html"}
    assert used >= OPTIONS
