"""Who may open what: each role, on each address."""

import pytest
from django.conf import settings
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY

from cse_portal import clock
from tests import factories as make
from tests.sweeps.addresses import (
    KNOWN,
    Who,
    address,
    addresses,
    cases,
    has_code_of_its_own,
    shows,
)
from tests.sweeps.posts import everything
from tests.sweeps.together import nothing_written, told_together
from tests.sweeps.visits import Sweeper, leads
from tests.sweeps.world import World
from users.models import SignInCode, User

pytestmark = pytest.mark.django_db

OF_ESM = cases(lambda name, known: known.to is Who.ESM)
OF_A_COMPANY = cases(lambda name, known: known.to in {Who.ESM, Who.PEOPLE})
OF_OFFICERS = cases(lambda name, known: known.to is Who.OFFICER)
CLOSED = cases(lambda name, known: known.to is not Who.ALL and has_code_of_its_own(name, known))
RECEIPTS = [(name, case) for name, case in OF_ESM if case == "receipt" and shows(name, case)]
OF_A_DRAFT = [one for one in OF_ESM if one[1] in {"draft", "receipt"} and one not in RECEIPTS]
# an address that everybody may open, but that has nothing for a person who is signed in
SIGNING_IN = {
    *("landing", "users:sign_in", "users:password", "users:code", "users:signed_out"),
    "users:session_ended",
}

SIGN_IN = "/fr/connexion/"
OWN_PASSWORD = "/fr/connexion/mon-mot-de-passe/"
PASSWORD = "Une phrase dont je me souviens"


def both(visitor: Sweeper, where: str, world: World):
    """What an address answers to a look and to a post."""
    return [visitor.get(where), visitor.post(where, everything(world))]


def all_answer(status: int, places, worlds, world: World, person: User) -> None:
    """Each address answers the person with that status, looked at or posted, and writes nothing."""
    with nothing_written(), told_together() as at:
        for name, case in places:
            with at(name, case, person.role):
                answers = both(worlds.visitor(person), address(name, case, world), world)
                assert [answer.status_code for answer in answers] == [status, status]


def test_a_user_is_refused_the_screens_of_the_esm(worlds, theirs):
    all_answer(403, OF_ESM, worlds, theirs, theirs.user)


def test_the_draft_of_an_esm_is_not_his_colleagues(worlds, theirs):
    all_answer(404, OF_A_DRAFT, worlds, theirs, theirs.colleague)


def test_the_receipt_of_an_esm_is_read_by_his_colleagues_who_go_no_further(worlds, theirs):
    with nothing_written(), told_together() as at:
        for name, case in RECEIPTS:
            with at(name, case):
                colleague, where = worlds.visitor(theirs.colleague), address(name, case, theirs)
                looked, posted = both(colleague, where, theirs)
                assert looked.status_code == 200
                assert not looked.context_data["goes_on"]
                assert theirs.esm.full_name in looked.content.decode()
                assert (posted.status_code, posted["Location"]) == (302, where)


def test_the_access_key_of_a_file_is_not_the_colleagues_of_who_created_it(worlds, theirs):
    colleague = worlds.visitor(theirs.colleague)
    with nothing_written():
        assert colleague.post(address("users:access_key", "", theirs)).status_code == 404


def test_the_admin_does_not_exist_for_a_companys_people(worlds, theirs):
    for person in (theirs.esm, theirs.user):
        all_answer(404, OF_OFFICERS, worlds, theirs, person)


def test_an_officer_is_sent_from_a_companys_screens_to_the_admin(worlds, theirs, officer):
    with nothing_written(), told_together() as at:
        for name, case in OF_A_COMPANY:
            with at(name, case):
                answers = both(worlds.visitor(officer), address(name, case, theirs), theirs)
                led = [(answer.status_code, answer.get("Location")) for answer in answers]
                assert led == 2 * [(302, "/fr/admin/")]


def suspend(person: User) -> None:
    User._base_manager.filter(pk=person.pk).update(is_active=False)


def close_company_of(person: User) -> None:
    type(person.company).objects.filter(pk=person.company.pk).update(is_active=False)


def end_session_code(person: User) -> None:
    """As « end this session » will do: the code that verifies the session is taken away."""
    SignInCode.objects.filter(user=person).delete()


@pytest.mark.parametrize(
    ("role", "put_out"),
    [("esm", suspend), ("user", close_company_of), ("agent_esm", end_session_code)],
)
def test_who_is_put_out_is_out_at_the_next_request_of_an_open_session(
    worlds, theirs, role, put_out
):
    person = getattr(theirs, role)
    visitor = worlds.visitor(person)
    assert visitor.get(reverse("home")).status_code == 200
    put_out(person)
    for name, case in CLOSED:
        for answer in both(visitor, address(name, case, theirs), theirs):
            assert leads(visitor, answer) == SIGN_IN, name


def with_temporary_password(person: User) -> None:
    User._base_manager.filter(pk=person.pk).update(temporary_password_expires_at=clock.now())


@pytest.mark.parametrize("role", ["esm", "user"])
def test_a_temporary_password_opens_nothing_but_the_choice_of_ones_own(worlds, theirs, role):
    person = getattr(theirs, role)
    visitor = worlds.visitor(person)
    with_temporary_password(person)
    with nothing_written():
        opens_nothing_but_its_choice(visitor, theirs)


def opens_nothing_but_its_choice(visitor: Sweeper, theirs: World) -> None:
    for name, case in CLOSED:
        if name == "users:own_password":
            continue
        for answer in both(visitor, address(name, case, theirs), theirs):
            assert (answer.status_code, answer.url) == (302, OWN_PASSWORD), name
    for name in SIGNING_IN:
        answer = visitor.get(address(name, "", theirs), follow=True)
        assert answer.redirect_chain[-1][0] == OWN_PASSWORD, name
    assert visitor.get(OWN_PASSWORD).status_code == 200


def test_an_officer_with_a_temporary_password_chooses_his_own_too(worlds, theirs, officer):
    visitor = worlds.visitor(officer)
    with_temporary_password(officer)
    for name, case in OF_OFFICERS:
        answer = visitor.get(address(name, case, theirs))
        assert (answer.status_code, answer.url) == (302, OWN_PASSWORD), name


@pytest.fixture
def somebody(theirs) -> User:
    return make.an_esm(company=theirs.company, password=PASSWORD)


def half_signed_in(person: User) -> Sweeper:
    """The password is given; the code is on its way."""
    visitor = Sweeper()
    there = visitor.fill(SIGN_IN, user_code=person.user_code)
    assert visitor.fill(there, password=PASSWORD).startswith(f"{SIGN_IN}code/")
    return visitor


def known_but_not_verified(person: User) -> Sweeper:
    """As if the session knew the person, without any code."""
    visitor = Sweeper()
    visitor.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return visitor


def with_the_code_of_another(person: User) -> Sweeper:
    """A session of the person that bears the code which somebody else has given."""
    visitor = Sweeper().sign_in(person)
    other = SignInCode.objects.get(user=person)
    other.user = make.an_esm(company=person.company)
    other.save()
    assert visitor.session[DEVICE_ID_SESSION_KEY] == other.persistent_id
    return visitor


@pytest.mark.parametrize(
    "come_in", [half_signed_in, known_but_not_verified, with_the_code_of_another]
)
def test_without_the_code_nothing_opens(worlds, theirs, somebody, come_in):
    visitor = come_in(somebody)
    with nothing_written():
        for name, case in CLOSED:
            for answer in both(visitor, address(name, case, theirs), theirs):
                assert leads(visitor, answer) == SIGN_IN, name


def test_a_post_without_its_forms_token_does_nothing(worlds, theirs, officer):
    with nothing_written(), told_together() as at:
        for name, case in cases():
            with at(name, case):
                person = officer if KNOWN[name].to is Who.OFFICER else theirs.esm
                visitor = worlds.visitor(person, enforce_csrf_checks=True)
                answer = visitor.post(address(name, case, theirs), everything(theirs))
                # what has no form wants no token: it changes nothing
                assert answer.status_code == 403 or name in {"root", "csp_report"}


def test_every_address_is_asked_of_every_role():
    asked = {name for name, _case in (*OF_A_COMPANY, *OF_OFFICERS)}
    assert asked == set(addresses()) - set(addresses(lambda name, known: known.to is Who.ALL))
