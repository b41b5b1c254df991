"""What the apps above show beside a user file: each in its place, and nothing where none does."""

import pytest
from django.urls import reverse

from tests import factories as make
from users import additions
from users.additions import Column, Link, Row

pytestmark = pytest.mark.django_db


@pytest.fixture
def esm(visitor):
    esm = make.an_esm()
    visitor.sign_in(esm)
    return esm


def headings(page):
    return [part.partition("</th>")[0] for part in page.split('<th scope="col">')[1:]]


OWN = ["Nom", "Adresse de courriel", "Dernière connexion", "État"]


def test_proxies_and_e_services_are_added(visitor, esm):
    user = make.a_user(company=esm.company)
    proxy = make.a_proxy(given_by=esm)
    ended = make.a_proxy(given_by=make.an_esm(), agent=esm.company, revoked_at=user.created_at)
    for held in (proxy, ended):
        make.an_assignment(proxy=held, user=user, assigned_by=esm)
    page = visitor.read(reverse("users:files"))
    assert headings(page) == [*OWN[:2], "Procuration", *OWN[2:], "Services électroniques"]
    assert proxy.description in page
    access = reverse("access_of", kwargs={"person": user.pk})
    assert f'<a href="{access}">' in page
    file = visitor.read(reverse("users:file", kwargs={"person": user.pk}))
    for held in (proxy, ended):
        assert f'<a href="{reverse("proxies:proxy", kwargs={"proxy": held.pk})}">' in file
    assert f"({ended.mandator.name}, {ended.mandator.identification_number})" in file
    assert f"({proxy.mandator.name}, " not in file
    assert "Révoquée" in file
    assert access in file


def test_the_app_of_people_stands_without_them(visitor, esm, monkeypatch):
    for name in ("COLUMNS", "LAST_COLUMNS", "ROWS", "LINKS"):
        monkeypatch.setattr(additions, name, [])
    assert headings(visitor.read(reverse("users:files"))) == OWN
    file = visitor.read(reverse("users:file", kwargs={"person": esm.pk}))
    assert "Procurations détenues" not in file


def test_whatever_is_added_stands_in_its_place(visitor, esm, monkeypatch):
    cells = {esm.pk: "<cell>"}
    monkeypatch.setattr(additions, "COLUMNS", [Column("First", lambda people: cells)])
    monkeypatch.setattr(additions, "LAST_COLUMNS", [Column("Last", lambda people: cells)])
    monkeypatch.setattr(additions, "ROWS", [Row("Row", lambda person: f"of {person.pk}")])
    monkeypatch.setattr(additions, "LINKS", [Link("Open", "users:file")])
    page = visitor.read(reverse("users:files"))
    assert headings(page) == [*OWN[:2], "First", *OWN[2:], "Last"]
    assert page.count("&lt;cell&gt;") == 2
    file = visitor.read(reverse("users:file", kwargs={"person": esm.pk}))
    assert f"of {esm.pk}" in file
    assert "Open" in file
