"""The walls, each broken on purpose in a copy of the project: a test must fail each time.

    make walls               # all of them, one for each processor at a time
    make walls ARGS=lock     # those whose name holds the word

A wall that can be taken away without a test failing is not proved: the command then fails.
`tests/meta/test_walls_broken.py` keeps the list in step with the code.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "var", "docs", "__pycache__", ".*_cache")


@dataclass(frozen=True)
class Wall:
    """What stands in a file once, what is put in its place, and the tests that must then fail."""

    name: str
    path: str
    stands: str
    broken: str
    tests: str


WALLS = [
    # --- between companies ---
    Wall(
        "a request is served inside its company's scope",
        "cse_portal/web/middleware.py",
        "        with company_scope(request.company):\n            return get_response(request)",
        "        return get_response(request)",
        "tests/kernel/test_factories.py::test_a_visitor_who_signs_in_reads_his_home_page",
    ),
    Wall(
        "the manager shows the scope's rows alone",
        "cse_portal/companies/tenancy.py",
        "return queryset.filter(owned)",
        "return queryset",
        "tests/kernel/test_tenancy.py::test_the_first_wall_stands_without_the_second",
    ),
    Wall(
        "a query outside any scope is fatal",
        "cse_portal/companies/tenancy.py",
        "raise CompanyScopeMissing(self.model._meta.label)",
        "return super().get_queryset()",
        "tests/kernel/test_tenancy.py::test_outside_any_scope_a_query_is_fatal",
    ),
    Wall(
        "row-level security shows the named company's rows alone",
        "cse_portal/companies/walls.py",
        "TO cse_web USING ({is_mine})",
        "TO cse_web USING (true)",
        "tests/kernel/test_second_wall.py",
    ),
    Wall(
        "a request that names no company is the web role's",
        "cse_portal/companies/scopes.py",
        "token = _serving.set(True)",
        "token = _serving.set(False)",
        "tests/kernel/test_second_wall.py",
    ),
    Wall(
        "what an undone block told the database is told again",
        "cse_portal/companies/postgresql/base.py",
        "        super()._rollback()  # type: ignore[misc]\n        self._role = None",
        "        super()._rollback()  # type: ignore[misc]",
        "tests/kernel/test_second_wall.py",
    ),
    Wall(
        "and so is what was told since a savepoint",
        "cse_portal/companies/postgresql/base.py",
        "        super()._savepoint_rollback(sid)  # type: ignore[misc]\n        self._role = None",
        "        super()._savepoint_rollback(sid)  # type: ignore[misc]",
        "tests/kernel/test_second_wall.py",
    ),
    # --- transmission ---
    Wall(
        "the lock in `transmit`",
        "cse_portal/queries.py",
        "    return locked(Draft.objects",
        "    return (Draft.objects",
        "tests/kernel/test_transmit_once.py",
    ),
    Wall(
        "what is transmitted is what was read",
        "cse_portal/flows/transmission.py",
        "if not constant_time_compare(summary.seal, seal):",
        "if not summary:",
        "tests/kernel/test_flows.py",
    ),
    Wall(
        "nobody transmits a colleague's draft",
        "cse_portal/queries.py",
        "flow=flow, author=author)",
        "flow=flow, author__lte=author)",
        "tests/kernel/test_flows.py::test_a_colleague_does_not_transmit_the_draft_of_another",
    ),
    Wall(
        "a receipt is never changed",
        "cse_portal/migrations/0003_receipts_are_append_only.py",
        "BEFORE UPDATE OR DELETE ON",
        "BEFORE DELETE ON",
        "tests/kernel/test_receipts.py",
    ),
    Wall(
        "a row whose digest is another is named",
        "notices/trail.py",
        "elif entry.recomputed != entry.digest:",
        "elif not entry.digest:",
        "tests/notices/test_trail.py",
    ),
    # --- the way in ---
    Wall(
        "five wrong passwords close the sign-in",
        "users/lockout.py",
        "        if tries.count >= max_tries(kind):\n            return 0",
        "",
        "tests/users/test_lockout.py",
    ),
    Wall(
        "the lock of the counted tries",
        "users/lockout.py",
        "locked(Tries.objects.all()).get(",
        "Tries.objects.get(",
        "tests/users/test_lockout.py::test_of_forty_simultaneous_tries_five_are_looked_at",
    ),
    Wall(
        "a closed sign-in does the work of an open one",
        "users/sign_in.py",
        "            lockout.hash_anyway(password)\n",
        "",
        "tests/users/test_lockout.py::test_a_closed_sign_in_does_the_work_of_an_open_one",
    ),
    Wall(
        "the tries of a whole address",
        "users/sign_in.py",
        "        lockout.count_try_of_address(self.request)\n",
        "",
        "tests/users/test_lockout.py::test_an_address_that_tries_many_user_codes_is_answered_429",
    ),
    Wall(
        "wrong codes are counted over all sessions",
        "users/sign_in.py",
        "if lockout.count_code_try(user):",
        "if user:",
        "tests/users/test_lockout.py",
    ),
    Wall(
        "letters are counted",
        "users/actions.py",
        " or not lockout.count_try(Tries.Kind.LETTER, user.pk):",
        ":",
        "tests/users/test_lockout.py",
    ),
    Wall(
        "a code is used once",
        "users/models.py",
        "return bool(code.update(confirmed=True))",
        "return True",
        "tests/users/test_verification_code.py",
    ),
    Wall(
        "a code is compared",
        "users/models.py",
        "if not constant_time_compare(self.digest_of(token), self.digest):",
        "if not token:",
        "tests/users/test_verification_code.py",
    ),
    Wall(
        "a code ends",
        "users/models.py",
        "code.filter(expires_at__gt=clock.now(), tries__lt=self.TRIES)",
        "code.filter(tries__lt=self.TRIES)",
        "tests/users/test_verification_code.py",
    ),
    Wall(
        "passwords are kept by Argon2",
        "cse_portal/settings.py",
        '    "django.contrib.auth.hashers.Argon2PasswordHasher",\n',
        "",
        "tests/users/test_password_rules.py",
    ),
    # --- sessions ---
    Wall(
        "a session gets a new key with the password",
        "users/sign_in.py",
        "        self.request.session.cycle_key()\n",
        "",
        "tests/users/test_sessions.py::test_every_earlier_cookie_is_dead",
    ),
    Wall(
        "twenty minutes without activity",
        "cse_portal/web/session_life.py",
        "min(idle_until, over_at) - now()",
        "over_at - now()",
        "tests/kernel/test_session_life.py",
    ),
    Wall(
        "eight hours in all",
        "cse_portal/web/session_life.py",
        "min(idle_until, over_at) - now()",
        "idle_until - now()",
        "tests/kernel/test_session_life.py",
    ),
    Wall(
        "a suspended person is out at the next request",
        "users/backends.py",
        "return user.is_active and (user.is_officer or user.company.is_active)",
        "return True",
        "tests/sweeps/test_roles.py::test_who_is_put_out_is_out_at_the_next_request_of_an_open_session",
    ),
    Wall(
        "nobody ends another person's session",
        "users/actions.py",
        "    sessions = SignInCode.objects.filter(user=user)\n",
        "    sessions = SignInCode.objects.all()\n",
        "tests/users/test_sessions.py::test_one_is_ended_alone_and_never_another_persons",
    ),
    Wall(
        "signed-in pages are kept by nobody",
        "cse_portal/web/middleware.py",
        "            add_never_cache_headers(response)\n",
        "            pass\n",
        "tests/sweeps/test_headers.py",
    ),
    # --- every address ---
    Wall(
        "closed by default",
        "cse_portal/web/middleware.py",
        "            return self.handle_no_permission(request, view_func)",
        "            return None",
        "tests/sweeps/test_signed_out.py",
    ),
    Wall(
        "a password without its code opens nothing",
        "cse_portal/web/middleware.py",
        "        if not (request.user.is_authenticated and request.user.is_verified()):",
        "        if not request.user.is_authenticated:",
        "tests/sweeps/test_roles.py::test_without_the_code_nothing_opens",
    ),
    Wall(
        "a form bears its token",
        "cse_portal/settings.py",
        '    "django.middleware.csrf.CsrfViewMiddleware",\n',
        "",
        "tests/sweeps/test_roles.py::test_a_post_without_its_forms_token_does_nothing",
    ),
    Wall(
        "the sign-in leads to no other site",
        "users/sign_in.py",
        "allowed_hosts={request.get_host()}",
        'allowed_hosts={request.get_host(), "evil.example"}',
        "tests/sweeps/test_odd_requests.py::test_the_sign_in_never_ends_on_another_site",
    ),
    Wall(
        "a body that is no form is refused",
        "cse_portal/web/middleware.py",
        "        if not is_form(request):",
        "        if not request:",
        "tests/sweeps/test_odd_requests.py::test_a_body_that_is_no_form_is_refused_as_such",
    ),
    Wall(
        "no script within a page",
        "cse_portal/settings.py",
        '"script-src": [SELF],',
        '"script-src": [SELF, "\'unsafe-inline\'"],',
        "tests/sweeps/test_headers.py",
    ),
    Wall(
        "nothing typed ends a line of the log",
        "cse_portal/web/security_log.py",
        "ensure_ascii=True",
        "ensure_ascii=False",
        "tests/kernel/test_security_log.py",
    ),
    # --- the door of all acts ---
    Wall(
        "the person is read again, under the lock",
        "cse_portal/acting/door.py",
        "    if person is None:\n        raise NoLongerSignedIn(verb)\n",
        "    person = person or by\n",
        "tests/acting/test_meanwhile.py",
    ),
    Wall(
        "a session that ended meanwhile acts no more",
        "cse_portal/acting/door.py",
        "session = device.pk if device else None",
        "session = None",
        "tests/acting/test_meanwhile.py",
    ),
    Wall(
        "the role is asked of the person read again",
        "cse_portal/acting/door.py",
        "    if not may(person, verb):\n",
        "    if not may(by, verb):\n",
        "tests/acting/test_who_may.py",
    ),
    Wall(
        "a body is complete before the person is read",
        "cse_portal/web/middleware.py",
        "    body = request.body\n",
        '    body = b""\n',
        "tests/acting/test_meanwhile.py",
    ),
    Wall(
        "the table says who may",
        "cse_portal/acting/permissions.py",
        "    Verb.REVOKE_PROXY: Rule(ESM, Whose.GIVEN),\n",
        "    Verb.REVOKE_PROXY: Rule(PEOPLE, Whose.GIVEN),\n",
        "tests/acting/test_who_may.py",
    ),
    Wall(
        "an officer decides for their own ministries",
        "registrations/actions.py",
        "        rows = rows.decided_by(by)\n",
        "        pass\n",
        "tests/acting/test_who_may.py",
    ),
    # --- rules under a lock ---
    Wall(
        "a company keeps an active ESM",
        "users/actions.py",
        "    if others.exists():",
        "    if user:",
        "tests/users/test_life_of_a_file.py",
    ),
    Wall(
        "an ESM who cannot sign in is no other one",
        "users/models.py",
        "return self.active().filter(has_password, is_good)",
        "return self.active()",
        "tests/users/test_life_of_a_file.py::test_another_esm_who_cannot_sign_in_does_not_count",
    ),
    Wall(
        "what a ticked e-service means is settled",
        "proxies/migrations/0005_what_a_right_means.py",
        "IF EXISTS (SELECT FROM proxies_tickedservice WHERE service_id = OLD.id)",
        "IF false",
        "tests/proxies/test_settled_services.py",
    ),
    Wall(
        "what proxies without restriction give is settled",
        "proxies/migrations/0005_what_a_right_means.py",
        "WHERE granted.ministry_id = ANY (ministries) AND granted.scope = 'full'",
        "WHERE granted.scope = ''",
        "tests/proxies/test_settled_services.py",
    ),
    Wall(
        "who gives a right at this moment is waited for",
        "proxies/migrations/0005_what_a_right_means.py",
        "PERFORM FROM registrations_ministry WHERE id = ANY (ministries) ORDER BY id FOR UPDATE;",
        "",
        "tests/proxies/test_settled_services.py::test_who_gives_a_right_at_this_moment_comes_first",
    ),
    Wall(
        "a tick is of the role that was checked",
        "proxies/migrations/0005_what_a_right_means.py",
        "(service_id, iqea_role) REFERENCES registrations_service (id, iqea_role) NOT VALID",
        "(service_id, ministry_id) REFERENCES registrations_service (id, ministry_id) NOT VALID",
        "tests/proxies/test_settled_services.py"
        "::test_a_tick_whose_rules_were_checked_under_another_role_is_refused",
    ),
    Wall(
        "what changed since a form was checked is told by the form",
        "cse_portal/web/model_admin.py",
        "        except IntegrityError:\n            return call()",
        "        except ZeroDivisionError:\n            return call()",
        "tests/proxies/test_settled_services.py"
        "::test_what_was_given_since_the_form_was_checked_is_told_by_the_form",
    ),
    Wall(
        "an address narrows a list of the admin by its filters alone",
        "cse_portal/web/model_admin.py",
        "return column in offered and comparison in BY_FILTERS",
        "return True",
        "tests/kernel/test_admin_lists.py",
    ),
    Wall(
        "no query names a time zone",
        "cse_portal/companies/postgresql/operations.py",
        "        if tzname:",
        '        if tzname == "":',
        "tests/kernel/test_admin_lists.py",
    ),
    Wall(
        "a user code is measured in capitals",
        "users/forms.py",
        '        self.fields["user_code"].run_validators(code)\n',
        "",
        "tests/users/test_lockout.py::test_a_user_code_is_measured_in_capitals",
    ),
    Wall(
        "what an outcome is composed of has room",
        "cse_portal/migrations/0005_an_outcome_has_room.py",
        "ALTER COLUMN outcome TYPE text",
        "ALTER COLUMN outcome TYPE varchar(400)",
        "tests/sweeps/test_longest.py",
    ),
    Wall(
        "two ESMs do not put each other out",
        "cse_portal/acting/door.py",
        "        company = _lock(by.company_id)\n",
        "        company = by.company\n",
        "tests/users/test_life_of_a_file.py::test_the_last_two_esms_never_put_each_other_out",
    ),
    Wall(
        "a company's lock holds",
        "cse_portal/queries.py",
        "    return locked(Company.objects",
        "    return (Company.objects",
        "tests/users/test_life_of_a_file.py::test_the_last_two_esms_never_put_each_other_out",
    ),
    Wall(
        "a compiled query is fatal outside of any scope, whatever was asked before",
        "cse_portal/speed/queries.py",
        '            within = "no scope"',
        '            within = "every company"',
        "tests/speed/test_queries.py::test_it_is_fatal_outside_of_any_scope",
    ),
    Wall(
        "a compiled lock is taken inside of a transaction",
        "cse_portal/speed/queries.py",
        "if self.locks and connections[DEFAULT_DB_ALIAS].get_autocommit():",
        "if False:",
        "tests/speed/test_queries.py::test_rows_are_locked_inside_of_a_transaction_alone",
    ),
    Wall(
        "a compiled query refuses None, which SQL would compare with NULL",
        "cse_portal/speed/queries.py",
        "            if not parameter.accepts(given[name]):",
        '            if name == "":',
        "tests/speed/test_queries.py::test_a_value_of_another_type_is_refused_and_none_always",
    ),
    Wall(
        "a stale plan is made anew, or its transaction asked for again",
        "cse_portal/speed/postgresql/base.py",
        "except prepared.StaleStatement as stale:",
        "except ZeroDivisionError as stale:",
        "tests/faults/test_upgrade.py::test_this_version_serves_while_a_later_one_migrates",
    ),
    # --- letters ---
    Wall(
        "a letter is sent once by several workers",
        "notices/letters.py",
        'rows.select_for_update(of=("self",), skip_locked=True, no_key=True).first()',
        "rows.first()",
        "tests/notices/test_letters.py::test_workers_at_once_send_each_letter_once",
    ),
    Wall(
        "a letter fails alone",
        "notices/letters.py",
        "    except Exception as error:\n        _close(mail_server)",
        "    except OSError as error:\n        _close(mail_server)",
        "tests/notices/test_letters.py::test_a_letter_that_fails_stops_no_other_and_is_tried_again",
    ),
    Wall(
        "a letter that fails is tried again later and later",
        "notices/letters.py",
        "BACK_OFF[min(letter.tries, len(BACK_OFF)) - 1]",
        "BACK_OFF[0]",
        "tests/notices/test_letters.py::test_tries_are_further_and_further_apart_and_end_after_a_week",
    ),
    Wall(
        "a letter that is untrue is void",
        "notices/letters.py",
        "if letter.is_void(at=now) or letter.is_outdated():",
        "if letter.is_void(at=now):",
        "tests/proxies/test_reminders.py::test_the_e_mail_of_a_reminder_is_void_once_it_is_untrue",
    ),
    Wall(
        "a letter to whoever is gone is void",
        "notices/letters.py",
        "if letter.is_void(at=now) or letter.is_outdated():",
        "if letter.is_outdated():",
        "tests/notices/test_letters.py"
        "::test_what_was_written_to_whoever_is_gone_is_void_and_stays_so",
    ),
    Wall(
        "a letter wakes the worker",
        "notices/migrations/0008_letters.py",
        "PERFORM pg_notify('letters', '');",
        "",
        "tests/notices/test_worker.py::test_a_letter_wakes_the_worker_once_its_transaction_holds",
    ),
    Wall(
        "a letter is written to an address that is one alone",
        "cse_portal/mail.py",
        "        email_address(address or to.email)\n",
        "        pass\n",
        "tests/faults/test_mail_server.py"
        "::test_an_address_that_no_letter_can_be_written_to_is_said_and_told_to_the_esm",
    ),
    Wall(
        "a letter is tried only before a mail server that is there",
        "notices/letters.py",
        "        raise MailServerUnavailable(type(error).__name__) from error",
        "        pass",
        "tests/notices/test_letters.py::test_a_mail_server_that_is_not_there_is_no_letters_fault",
    ),
    Wall(
        "an expiry is recorded however late",
        "proxies/reminders.py",
        "revoked_at=None, renounced_at=None, ends_on__lt=today, is_expiry_recorded=False",
        "revoked_at=None, renounced_at=None, ends_on__lt=today,"
        " ends_on__gte=today - timedelta(days=60)",
        "tests/proxies/test_reminders.py"
        "::test_after_an_outage_of_seventy_days_the_histories_alone_learn_of_the_expiry",
    ),
]


def is_noticed(wall: Wall) -> bool:
    """Whether the tests fail without the wall; its own tests, not a broken copy's syntax."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(PROJECT, copy, ignore=LEFT_OUT)
        file = copy / wall.path
        text = file.read_text()
        file.write_text(text.replace(wall.stands, wall.broken))
        compile(file.read_text(), wall.path, "exec")
        run = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", wall.tests]
        done = subprocess.run(run, cwd=copy, capture_output=True, text=True, check=False)
        failed = done.returncode == 1
        if done.returncode not in {0, 1}:
            print(done.stdout[-2000:], done.stderr[-1000:])  # noqa: T201
        return failed


def main() -> int:
    chosen = [wall for wall in WALLS if all(word in wall.name for word in sys.argv[1:])]
    unnoticed = 0
    with ThreadPoolExecutor(os.cpu_count()) as at_once:  # each waits for a process of its own
        for wall, noticed in zip(chosen, at_once.map(is_noticed, chosen), strict=True):
            unnoticed += not noticed
            print("noticed  " if noticed else "UNNOTICED", wall.name, flush=True)  # noqa: T201
    print(f"{len(chosen) - unnoticed} of {len(chosen)} noticed")  # noqa: T201
    return min(unnoticed, 1)


if __name__ == "__main__":
    sys.exit(main())
