"""A look never writes: whatever a GET sends to PostgreSQL only reads, sessions apart."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests import factories as make
from tests.sweeps.addresses import KNOWN, Who, address, addresses, cases
from tests.sweeps.together import nothing_written, told_together
from tests.sweeps.visits import Sweeper

pytestmark = pytest.mark.django_db

OF_A_COMPANY = cases(lambda name, known: known.to is not Who.OFFICER)
OF_A_USER = cases(lambda name, known: known.to in {Who.ALL, Who.PEOPLE})
OF_OFFICERS = cases(lambda name, known: known.to is Who.OFFICER)
READS = ("SELECT", "SAVEPOINT", "RELEASE SAVEPOINT", "DECLARE", "FETCH", "CLOSE")
PASSWORD = "Une phrase dont je me souviens"


def of_the_session(sql):
    """That somebody is active is written, at most once a minute."""
    return "django_session" in sql or 'SET "seen_at"' in sql


def looked_at(visitor, where):
    """The answer, after a check that it only read, whether looked at by GET or by HEAD."""
    with CaptureQueriesContext(connection) as queries:
        answer = visitor.get(where)
        visitor.head(where)
    writes = [
        query["sql"]
        for query in queries
        if not query["sql"].lstrip().startswith(READS) and not of_the_session(query["sql"])
    ]
    assert writes == []
    locks = [query["sql"] for query in queries if " FOR UPDATE" in query["sql"]]
    assert locks == []
    # the server may lack the zone files that would say on which day an instant falls
    assert [query["sql"] for query in queries if "TIME ZONE" in query["sql"].upper()] == []
    return answer


def test_an_esm_who_looks_writes_nothing(worlds, theirs):
    with told_together() as at:
        for name, case in OF_A_COMPANY:
            with at(name, case):
                answer = looked_at(worlds.visitor(theirs.esm), address(name, case, theirs))
                assert answer.status_code in {200, 302, 403, 405}
                if case == "draft" and not name.endswith("-receipt"):
                    assert answer.status_code == 200, "the page of a draft is shown"
                if case == "receipt" and name.endswith("-receipt"):
                    assert answer.status_code == 200, "the receipt is shown"


def test_a_user_who_looks_writes_nothing(worlds, theirs):
    with told_together() as at:
        for name, case in OF_A_USER:
            with at(name, case):
                answer = looked_at(worlds.visitor(theirs.user), address(name, case, theirs))
                assert answer.status_code < 500


def test_the_esm_of_an_agent_who_looks_writes_nothing(worlds, theirs):
    agent = worlds.visitor(theirs.agent_esm)
    for where in (
        address("home", "", theirs),
        address("proxies:list", "", theirs),
        address("assign-proxy-start", "", theirs).replace(
            f"/{theirs.internal.pk}/", f"/{theirs.external.pk}/"
        ),
    ):
        assert looked_at(agent, where).status_code == 200


def test_an_officer_who_looks_writes_nothing(worlds, theirs, officer):
    with nothing_written(), told_together() as at:
        for name, case in OF_OFFICERS:
            with at(name, case):
                answer = looked_at(worlds.visitor(officer), address(name, case, theirs))
                assert answer.status_code < 500


def test_who_is_signing_in_and_looks_writes_nothing(theirs):
    person = make.an_esm(company=theirs.company, password=PASSWORD)
    visitor = Sweeper()
    for name, answers in (
        ("users:sign_in", {"user_code": person.user_code}),
        ("users:password", {"password": PASSWORD}),
        ("users:code", {}),
    ):
        there = visitor.under_way(name) if visitor.sign_in_token else address(name, "", theirs)
        assert looked_at(visitor, there).status_code == 200
        if answers:
            visitor.fill(there, **answers)


def test_what_is_only_posted_is_not_looked_at(worlds, theirs, officer):
    person = make.an_esm(company=theirs.company, password=PASSWORD)
    signing_in = Sweeper()
    signing_in.fill(address("users:sign_in", "", theirs), user_code=person.user_code)
    signing_in.fill(signing_in.under_way("users:password"), password=PASSWORD)
    visitors = {
        "users:new_code": signing_in,
        "users:sign_out": worlds.visitor(theirs.esm),
        "admin:logout": worlds.visitor(officer),
        "csp_report": Sweeper(),
    }
    only_posted = addresses(lambda name, known: known.only_posted)
    assert set(visitors) == set(only_posted)
    for name in only_posted:
        there = address(name, "", theirs)
        if name == "users:new_code":
            there = signing_in.under_way(name)
        assert visitors[name].get(there).status_code == 405, name
    # shown once, in the answer to a post: looking again leads to the receipt
    answer = worlds.visitor(theirs.esm).get(address("users:access_key", "", theirs))
    assert answer.status_code == 302
    assert answer.url == address("create-user-file-receipt", "receipt", theirs)
    assert KNOWN["users:access_key"].to is Who.ESM
