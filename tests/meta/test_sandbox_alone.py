"""A simulation stays on its own machine, and a service never opens to what one left behind."""

import pytest
from django.conf import settings as project
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from freezegun import freeze_time

from cse_portal.embedded.own_machine import keep_on_own_machine
from cse_portal.web import no_demo, service_gate
from sandbox import demo_companies
from tests import factories as make
from tests.meta.test_production_settings import NEEDED, settings_of
from tests.web_server import PATIENCE, a_web_server

OWN = {"CSE_SANDBOX": "true"}
HERE = [
    {},
    {"DATABASE_URL": "postgres://cse@127.0.0.1:5432/cse"},
    {"DATABASE_URL": "postgres://cse@localhost/cse"},
    {"DATABASE_URL": "postgres://cse@[::1]:5432/cse"},
    {"DATABASE_URL": "postgres://cse@%2Fvar%2Frun%2Fpostgresql/cse"},
    {"DATABASE_URL": "postgres:///cse?host=/var/run/postgresql"},
    {"ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],demo.localhost"},
    {"ALLOWED_HOSTS": "192.168.1.20,10.0.0.4", "PORTAL_URL": "http://192.168.1.20:8000"},
    {"CSE_BIND": "127.0.0.1:8000"},
    {"CSE_BIND": "unix:/run/cse.sock"},
]
ELSEWHERE = {
    "postgres://cse:secret@db.example/cse": "DATABASE_URL",
    "postgres://cse:secret@db/cse": "DATABASE_URL",
    "postgres://cse:secret@192.0.2.7/cse": "DATABASE_URL",
    "postgres://cse:secret@10.0.0.7/cse": "DATABASE_URL",
    "postgres://cse:secret@127.0.0.1,db.example/cse": "DATABASE_URL",
    "postgres:///cse?host=db.example": "DATABASE_URL",
    "postgres://localhost/cse?hostaddr=192.0.2.7": "DATABASE_URL",
    "postgres:///cse?service=production": "DATABASE_URL",
    "postgres://cse:secret@127.0.0.1:5432,db.example:5433/cse": "DATABASE_URL",
    "postgres:///cse?host=/run/postgresql,db.example&password=secret": "DATABASE_URL",
    "postgres://cse:secret@db.example:5432/cse": "DIRECT_DATABASE_URL",
    "portail.example,127.0.0.1": "ALLOWED_HOSTS",
    ".example": "ALLOWED_HOSTS",
    "*": "ALLOWED_HOSTS",
    "203.0.113.9,8.8.8.8": "ALLOWED_HOSTS",
    "localhost.example": "ALLOWED_HOSTS",
    "https://portail.example": "PORTAL_URL",
    "http://8.8.8.8:8000": "PORTAL_URL",
    "0.0.0.0:8000": "CSE_BIND",
    ":8000": "CSE_BIND",
    "[::]:8000": "CSE_BIND",
}


@pytest.mark.parametrize("environment", HERE, ids=str)
def test_a_simulation_is_at_home_on_its_own_machine(monkeypatch, environment):
    assert settings_of(monkeypatch, **OWN | environment)["SANDBOX"] is True


@pytest.mark.parametrize(("value", "name"), ELSEWHERE.items(), ids=ELSEWHERE)
def test_a_simulation_that_others_reach_does_not_start_and_says_what_to_do(
    monkeypatch, name, value
):
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_of(monkeypatch, **OWN | {name: value})
    assert name in str(refused.value)
    assert "unset CSE_SANDBOX" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_production_with_the_sandbox_does_not_start_and_names_all_that_is_wrong(monkeypatch):
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_of(monkeypatch, **OWN | NEEDED)
    for name in ("DATABASE_URL", "ALLOWED_HOSTS", "PORTAL_URL"):
        assert name in str(refused.value)


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR"])
def test_the_servers_that_libpq_finds_by_itself_are_servers_too(monkeypatch, name):
    monkeypatch.setenv(name, "192.0.2.7")
    with pytest.raises(ImproperlyConfigured, match=r"192\.0\.2\.7"):
        keep_on_own_machine(
            databases={"DATABASE_URL": {"HOST": ""}},
            hosts=[],
            portal="http://localhost",
            bind="",
        )


@pytest.mark.parametrize(
    ("is_sandbox", "host", "found"),
    [
        (True, "127.0.0.1", ["cse_portal.E004"]),
        (True, "db.example", ["cse_portal.E004"]),
        (True, "/var/run/postgresql", []),
        (True, "", []),
        (False, "db.example", []),
    ],
)
def test_the_deployment_check_finds_a_simulation(monkeypatch, settings, is_sandbox, host, found):
    settings.SANDBOX = is_sandbox
    monkeypatch.setitem(settings.DATABASES["default"], "HOST", host)
    said = run_checks(tags=["security"], include_deployment_checks=True)
    assert [one.id for one in said if str(one.id).startswith("cse_portal")] == found


# --- what a simulation left in a database ---------------------------------------------------------


@pytest.fixture
def service(settings):
    """The settings of a service, as far as the demo is concerned."""
    settings.SANDBOX = False


def found_by_the_deployment_check() -> dict[str, str]:
    said = run_checks(include_deployment_checks=True, databases=["default"])
    return {one.id: f"{one.msg} {one.hint}" for one in said if one.id == "cse_portal.E005"}


@pytest.mark.django_db
def test_the_demo_stops_a_service_and_the_deployment_check_says_the_same(service):
    demo_companies.load()
    codes = [person.user_code for one in demo_companies.COMPANIES for person in one.people]
    numbers = [one.number for one in demo_companies.COMPANIES]
    with pytest.raises(ImproperlyConfigured) as refused:
        service_gate.ServiceGate(lambda *_: [])
    said = found_by_the_deployment_check()["cse_portal.E005"]
    for name in [*numbers, *codes, demo_companies.OFFICER]:
        assert name in str(refused.value)
        assert name in said
    assert "never was a simulation's" in said
    assert "never was a simulation's" in str(refused.value)


@pytest.mark.django_db
def test_one_person_with_the_published_password_is_enough(service):
    make.an_officer(user_code="OFFICIER", password=demo_companies.PASSWORD)
    with pytest.raises(ImproperlyConfigured, match="OFFICIER"):
        service_gate.ServiceGate(lambda *_: [])


@pytest.mark.django_db
def test_namesakes_are_not_the_demo(service, django_assert_max_num_queries):
    """A company's number, or a user code, that the demo happens to have."""
    company = make.a_company(identification_number=demo_companies.COMPANIES[0].number)
    make.an_esm(company=company, user_code="TREM1001", password="Une phrase à soi")
    service_gate.gated(lambda *_: [])  # its keys are on record
    with django_assert_max_num_queries(3):
        guarded = service_gate.gated(application := lambda *_: [b"served"])
    assert guarded is application, "no request pays for it"
    assert found_by_the_deployment_check() == {}


def test_in_a_simulation_nothing_is_asked(db):
    demo_companies.load()
    application = lambda *_: [b"served"]  # noqa: E731
    assert project.SANDBOX
    assert service_gate.gated(application) is application
    assert found_by_the_deployment_check() == {}


class Told(list):
    def __call__(self, status, headers):
        self.append(status)


def asked(guarded, path="/fr/"):
    told = Told()
    return b"".join(guarded({"PATH_INFO": path}, told)), told[:1]


@pytest.mark.django_db
@pytest.mark.parametrize("is_there", [True, False], ids=["with the demo", "without"])
def test_a_database_that_did_not_answer_is_asked_again(service, monkeypatch, is_there):
    if is_there:
        demo_companies.load()
    really = no_demo.why_not_served
    down = [True]

    def why_not_served():
        if down[0]:
            raise DatabaseError
        return really()

    monkeypatch.setattr(no_demo, "why_not_served", why_not_served)
    with freeze_time("2026-11-23 12:00") as moment:
        guarded = service_gate.gated(lambda *_: [b"served"])
        assert asked(guarded) == (b"served", [])  # it says itself that there is no database
        down[0] = False
        moment.tick(2)
        assert asked(guarded, "/healthz") == (b"served", [])  # which asks no database
        assert asked(guarded)[0] == (service_gate.REFUSAL if is_there else b"served")
        down[0] = True  # and that is known from now on
        moment.tick(2)
        assert asked(guarded)[0] == (service_gate.REFUSAL if is_there else b"served")
        assert asked(guarded)[1] == (["503 Service Unavailable"] if is_there else [])


@pytest.mark.django_db(transaction=True)
def test_a_web_server_with_the_demo_in_its_database_ends_and_says_why(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    demo_companies.load()
    database = connection.settings_dict
    who = f"{database['USER']}:{database['PASSWORD']}@{database['HOST'].replace('/', '%2F')}"
    where = f"{who}:{database['PORT'] or 5432}/{database['NAME']}"
    production = NEEDED | {"DATABASE_URL": f"postgres://{where}"}
    with a_web_server(DJANGO_SETTINGS_MODULE="cse_portal.settings", **production) as server:
        assert server.process.wait(PATIENCE) != 0
        said = server.said()
    for name in ("1000000001", "TREM1001", demo_companies.OFFICER, "never was a simulation"):
        assert name in said
