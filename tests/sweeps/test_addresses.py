"""The list of addresses is complete: one that it does not know fails here."""

import pytest
from django.urls import resolve
from django.utils import translation

from cse_portal.flows.registry import all_flows
from tests.samples import SAMPLES
from tests.sweeps.addresses import KNOWN, LANGUAGES, Who, address, cases
from tests.sweeps.tables import rows_of
from tests.sweeps.urlconf import in_urlconf

pytestmark = pytest.mark.django_db


def test_every_procedure_has_a_sample():
    without = [flow.__name__ for flow in all_flows() if flow.slug not in SAMPLES]
    assert not without, (
        f"Nothing tries {', '.join(without)}: write a Sample(…) in ALL of tests/samples.py, with "
        "the key of the row that it is about and answers that it takes. The sweeps, the count of "
        "the queries and the walk in the browser follow from it."
    )


def test_every_address_of_the_urlconf_is_known_to_the_sweeps():
    assert set(in_urlconf()) == set(KNOWN)


def test_every_argument_of_every_address_is_known_to_the_sweeps(theirs):
    arguments = in_urlconf()
    unknown = {
        f"{name} [{case}]": arguments[name] ^ set(KNOWN[name].cases[case](theirs))
        for name, case in cases()
        if arguments[name] != set(KNOWN[name].cases[case](theirs))
    }
    assert unknown == {}


def test_every_public_address_has_its_reason():
    for name, known in KNOWN.items():
        assert bool(known.because) == (known.to is Who.ALL), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_have_the_same_addresses(theirs, language):
    with translation.override(language):
        for name, case in cases():
            found = resolve(address(name, case, theirs, language=language))
            assert "/" in name or found.view_name == name


def test_a_company_of_the_sweeps_has_a_row_in_every_table_that_companies_own(theirs):
    found = rows_of(theirs.company)
    assert {table for table, _row in found} == {
        *("cse_portal_draft", "cse_portal_receipt", "users_user"),
        *("registrations_registration", "proxies_proxy"),
        *("proxies_accessright", "proxies_assignment"),
        *("notices_event", "notices_message"),
        *("notices_trailentry", "notices_trailhead"),
    }


def test_whatever_has_words_in_the_worlds_of_the_sweeps_bears_its_mark(theirs):
    wordy = {"cse_portal_receipt", "users_user", "proxies_proxy"}
    without = [
        row for table, row in rows_of(theirs.company) if table in wordy and theirs.mark not in row
    ]
    assert without == []
