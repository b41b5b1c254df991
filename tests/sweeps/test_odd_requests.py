"""Bodies, queries, methods and paths that no page of the portal makes: refused, never a failure."""

from urllib.parse import quote, urlsplit

import pytest
from django.urls import reverse

from cse_portal.models import Draft
from tests import factories as make
from tests.conftest import TYPED
from tests.extent import EVERYTHING
from tests.samples import SAMPLES
from tests.sweeps.addresses import KNOWN, Known, Who, address, cases, has_code_of_its_own
from tests.sweeps.tables import rows, undone
from tests.sweeps.visits import Sweeper
from tests.sweeps.world import World

pytestmark = pytest.mark.django_db

PASSWORD = "Une phrase dont je me souviens"
HUGE = 10**40
FORMS = [
    ("create-user-file-start", ""),
    ("create-user-file-user", "draft"),
    ("create-user-file-check", "draft"),
    ("register-consent", "draft"),
    ("create-proxy-rights", "draft"),
    ("assign-proxy-users", "draft"),
    ("users:access_key", ""),
    ("sandbox:answer", "pending"),
]
MULTIPART = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n--b--\r\n'

BODIES = {
    "2 MB": (b"family_name=" + b"x" * 2_000_000, TYPED),
    "2 MB in a part": (PART % (b"family_name", b"", b"x" * 2_000_000), MULTIPART),
    "6,000 fields": (b"&".join(b"f%d=1" % n for n in range(6_000)), TYPED),
    "6,000 times one field": (b"&".join([b"users=1"] * 6_000), TYPED),
    "utf-16": (b"family_name=Roy", f"{TYPED}; charset=utf-16"),
    "utf-7": (b"family_name=Roy", f"{TYPED}; charset=utf-7"),
    "a charset that is none": (b"family_name=Roy", f"{TYPED}; charset=rot13"),
    "JSON": (b'{"family_name": "Roy"}', "application/json"),
    "plain text": (b"family_name=Roy", "text/plain"),
    "XML": (b"<family_name>Roy</family_name>", "application/xml"),
    "no type": (b"family_name=Roy", ""),
    "multipart without a boundary": (b"family_name=Roy", "multipart/form-data"),
    "multipart with a broken boundary": (b"x", "multipart/form-data; boundary=\u00e9"),
}
# read as far as it goes, or not at all: whatever is made of it, it is no failure
READABLE = {
    "a file": (PART % (b"family_name", b'; filename="x.txt"', b"x" * 2_000_000), MULTIPART),
    "a part cut short": (b'--b\r\nContent-Disposition: form-data; name="fami', MULTIPART),
    "broken UTF-8 in a part": (PART % (b"family_name", b"", b"Roy\xff\x00"), MULTIPART),
    "broken UTF-8 as a field's name": (b"%ff%fe=1&%00=%00&\xff=1", TYPED),
    "nothing but ampersands": (b"&&&=&=&", TYPED),
}


def answers_to(worlds, body: tuple[bytes, str]) -> dict[str, int]:
    """The status with which each form answers a body."""
    visitor = worlds.visitor(worlds.mine.esm, raise_request_exception=False)
    content, content_type = body
    found = {}
    for name, case in FORMS:
        where = address(name, case, worlds.mine)
        with undone():
            answer = visitor.generic("POST", where, content, content_type=content_type)
        found[name] = answer.status_code
    return found


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_cannot_be_read_is_refused(worlds, body):
    answers = answers_to(worlds, BODIES[body])
    assert {name: code for name, code in answers.items() if not 400 <= code < 500} == {}


@pytest.mark.parametrize("body", READABLE)
def test_a_body_that_is_odd_is_no_failure(worlds, body):
    answers = answers_to(worlds, READABLE[body])
    assert {name: code for name, code in answers.items() if code >= 500} == {}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_cannot_be_read_leaves_the_draft_as_it_was(worlds, mine, body):
    visitor = worlds.visitor(mine.esm, raise_request_exception=False)
    content, content_type = BODIES[body]
    before = rows()
    where = address("create-user-file-user", "draft", mine)
    visitor.generic("POST", where, content, content_type=content_type)
    assert rows() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
@pytest.mark.parametrize("body", ["JSON", "plain text", "XML", "no type"])
def test_a_body_that_is_no_form_is_refused_as_such(worlds, mine, method, body):
    content, content_type = BODIES[body]
    where = address("create-user-file-user", "draft", mine)
    answer = worlds.visitor(mine.esm).generic(method, where, content, content_type=content_type)
    assert answer.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", ""])
def test_a_post_of_nothing_is_read_as_a_form_that_says_nothing(worlds, mine, content_type):
    visitor = worlds.visitor(mine.esm)
    where = address("create-user-file-start", "", mine)
    with undone():
        answer = visitor.generic("POST", where, b"", content_type=content_type)
    assert answer.status_code == 200


QUERIES = [
    f"page={10**20}&received={10**20}&q=%00&receipt=not-a-uuid&proxy=abc&assign=1",
    f"page=x&received=%00&q=Roy%00&receipt=%00&proxy={HUGE}&change=1",
    f"page=-1&received=&q={'x' * 5_000}&receipt={'f' * 32}&proxy=-1&assign=1&received_list=1",
    f"page={'9' * 5_000}&q=%ff%fe&proxy={'9' * 5_000}&assign=1&ministry=%00&register=1",
    f"page=1&page=2&q=%25&q=_&proxy=%D9%A1&change=&ministry={HUGE}&register=",
    "receipt=00000000-0000-0000-0000-000000000000&ministry=autre&register=1&sent=&early=&changed=",
    "q=' OR 1=1--&ministry=' OR 1=1--&register=1&proxy=' OR 1=1--&assign=1&o=1.2.-3&p=x&all=",
    "next=//evil.example",
    "next=https://evil.example/&_popup=1&_to_field=password&e=1",
    "next=javascript:alert(1)&_changelist_filters=next%3D//evil.example",
    "next=/%09/evil.example&next=\\\\evil.example&%00=%00&[=]",
    "=&&&;;;%",
]


def wrong_with(answer, where: str) -> list[str]:
    """A failure, or another host."""
    if answer.status_code >= 500:
        error = getattr(answer, "exc_info", None)
        return [f"{where[:120]}: {error and str(error[1])[:200]}"]
    if answer.status_code not in {301, 302, 303, 307, 308}:
        return []
    there = urlsplit(answer.url)
    is_here = there.netloc in {"", "testserver"} and there.scheme in {"", "http"}
    if is_here and not answer.url.startswith(("//", "/\\", "\\")):
        return []
    return [f"{where[:120]} leads to {answer.url}"]


def visitor_for(worlds, name: str) -> Sweeper:
    person = worlds.officer if KNOWN[name].to is Who.OFFICER else worlds.mine.esm
    return worlds.visitor(person, raise_request_exception=False)


def reads_its_query(name: str, known: Known) -> bool:
    """All but the many screens of the admin that show one row."""
    if not has_code_of_its_own(name, known):
        return False
    last = name.rpartition("_")[2]
    return known.to is not Who.OFFICER or last in {
        *("changelist", "add", "admin:index", "admin:login", "admin:autocomplete"),
        *("admin:jsi18n", "list"),
    }


#: each address meets all of them, some in `make test`: what reads a query is a few fields
SOME = QUERIES if EVERYTHING else QUERIES[1::3]


@pytest.mark.parametrize("query", SOME, ids=range(len(SOME)))
def test_no_query_makes_an_address_fail_or_leave_the_portal(worlds, mine, client, query):
    client.raise_request_exception = False
    wrong = []
    for name, case in cases(reads_its_query):
        where = f"{address(name, case, mine)}?{query}"
        wrong += wrong_with(visitor_for(worlds, name).generic("GET", where), where)
        if KNOWN[name].to is Who.ALL or name in {"home", "admin:index", "admin:login"}:
            wrong += wrong_with(client.generic("GET", where), where)
    assert wrong == []


ELSEWHERE = [
    *("https://evil.example/fr/accueil/", "//evil.example/fr/accueil/"),  # pages of the portal, too
    *("//evil.example", "https://evil.example", "http:evil.example", "javascript:alert(1)"),
    *("/\\evil.example", "\\\\evil.example", "///evil.example", "/\t/evil.example"),
    *("https:///evil.example", "https://testserver@evil.example", "\x00//evil.example", "http://["),
]


def signs_in_at(start: str, mine: World) -> str:
    """Where the sign-in ends that begins at that address."""
    person = make.an_esm(company=mine.company, password=PASSWORD)
    visitor = Sweeper()
    password_page = visitor.fill(start, user_code=person.user_code)
    code_page = visitor.fill(password_page, password=PASSWORD)
    code = person.signincode_set.get()
    code.digest = code.digest_of("1234567")
    code.save()
    return visitor.fill(code_page, code="1234567")


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_the_sign_in_never_ends_on_another_site(mine, elsewhere):
    start = f"{reverse('users:sign_in')}?next={quote(elsewhere, safe='')}"
    assert signs_in_at(start, mine) == reverse("home")


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_who_is_signed_in_is_sent_to_no_other_site_either(worlds, mine, elsewhere):
    visitor = worlds.visitor(mine.esm)
    answer = visitor.get(f"{reverse('users:sign_in')}?next={quote(elsewhere, safe='')}")
    assert answer.url == reverse("home")


def test_the_sign_in_ends_where_one_was_going(mine):
    going = f"{reverse('proxies:list')}?page=2"
    assert signs_in_at(Sweeper().get(going)["Location"], mine) == going


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH"][: None if EVERYTHING else 2])
def test_no_method_makes_an_address_fail(worlds, mine, client, method):
    client.raise_request_exception = False
    before = rows()
    wrong = []
    for name, case in cases(has_code_of_its_own):
        where = address(name, case, mine)
        visitors = [visitor_for(worlds, name)]
        if KNOWN[name].to is Who.ALL:
            visitors.append(client)
        for visitor in visitors:
            answer = visitor.generic(method, where, b"family_name=Roy", content_type=TYPED)
            wrong += wrong_with(answer, where)
    assert wrong == []
    assert rows() == before


PATHS = [
    *("/fr/%00", "/fr/%ff/", "/%ff", "//evil.example/fr/", "//evil.example", "/fr//evil.example/"),
    *("/fr/../en/", "/fr/%2e%2e/", "/en/accueil", "/de/", "/fr", "/en", "/fr/accueil", "/FR/"),
    *("/fr/" + "a/" * 2_000, "/fr/" + "a" * 10_000, "/%E2%80%AE/", "/fr/\\evil.example/", "/fr/[/"),
    f"/fr/procurations/modifier/{HUGE}/",
    f"/fr/procurations/assigner/{HUGE}/",
    f"/fr/procurations/modifier/{'9' * 5_000}/",
    f"/fr/simulation/reponse/{HUGE}/",
    f"/fr/simulation/courriels/{HUGE}/",
    f"/fr/simulation/courriels/{'9' * 5_000}/",
    f"/fr/admin/users/user/{HUGE}/change/",
    f"/fr/dossiers/{HUGE}/acces/",
    f"/fr/dossiers/{'9' * 5_000}/acces/",
    f"/fr/dossiers/1/acces/autre/{'9' * 10}/",
    "/fr/admin/users/user/%00/change/",
    "/fr/admin/users/user/_00/change/",
    "/fr/admin/users/user/x/change/",
    "/fr/admin/cse_portal/receipt/x/change/",
    "/fr/admin/r/1/x/",
    "/fr/admin/r/x/1/",
    f"/fr/admin/r/{HUGE}/1/",
    f"/fr/procurations/modifier/{HUGE}/00000000-0000-0000-0000-000000000000/verification/",
    "/fr/inscriptions/inscrire/autre/",
    "/fr/services-electroniques/autre/1000000001/",
    "/fr/services-electroniques/autre/\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660/",
]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_no_path_makes_the_portal_fail_or_leads_out_of_it(worlds, mine, officer, client, path):
    client.raise_request_exception = False
    esm, officers = (
        worlds.visitor(person, raise_request_exception=False) for person in (mine.esm, officer)
    )
    wrong = []
    for visitor in (client, esm, officers):
        for method in ("GET", "POST"):
            with undone():
                wrong += wrong_with(visitor.generic(method, path), path)
    assert wrong == []


def test_a_draft_of_one_procedure_is_not_opened_by_the_addresses_of_another(worlds, mine):
    visitor = worlds.visitor(mine.esm)
    samples = list(SAMPLES.values())
    for sample, other in zip(samples, [*samples[1:], samples[0]], strict=True):
        about = {"subject": other.key(mine)} if other.flow.subject_converter else {}
        for stored in (mine.drafts[sample.name], mine.receipts[sample.name]):
            kwargs = about | {"draft": stored.pk}
            for screen in ("check", "receipt"):
                answer = visitor.get(reverse(f"{other.flow.slug}-{screen}", kwargs=kwargs))
                assert answer.status_code == 404, (sample.name, other.name, screen)


def test_a_draft_about_one_row_is_not_opened_by_the_address_of_another_row(worlds, mine):
    visitor = worlds.visitor(mine.esm)
    draft = mine.drafts["change-proxy"]
    kwargs = {"subject": mine.internal.pk, "draft": draft.pk}
    answer = visitor.post(reverse("change-proxy-proxy", kwargs=kwargs), {"description": "Autre"})
    assert answer.status_code == 404
    assert Draft._base_manager.get(pk=draft.pk).answers == draft.answers


def test_no_field_cuts_what_is_pasted(worlds, mine, client):
    """A browser that cuts at `maxlength` hides the mistake; the portal tells the length."""
    cut = []
    for name, case in cases(has_code_of_its_own):
        where = address(name, case, mine)
        for visitor in (visitor_for(worlds, name), client):
            answer = visitor.get(where)
            if answer.status_code == 200 and b"maxlength" in getattr(answer, "content", b""):
                cut.append(where)
    assert cut == []


def test_the_length_of_what_is_too_long_is_told(client, mine):
    person = make.an_esm(company=mine.company, password=PASSWORD)
    visitor = Sweeper()
    there = visitor.fill(reverse("users:sign_in"), user_code=person.user_code)
    page = visitor.post(there, {"password": f"{PASSWORD}{'!' * 128}"}).content.decode()
    assert "il a 158 caractères, pour 128 au plus" in page
