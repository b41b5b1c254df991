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
        "super().rollback()\n        finally:\n            self._role = None",
        "super().rollback()\n        finally:\n            pass",
        "tests/kernel/test_second_wall.py",
    ),
    Wall(
        "a version of Django that has no more what a wall overrides does not start",
        "cse_portal/inheritance.py",
        "            if not any(name in vars(base) for base in inherited):",
        "            if not name:",
        "tests/kernel/test_inheritance.py",
    ),
    Wall(
        "and so is what was told since a savepoint",
        "cse_portal/companies/postgresql/base.py",
        "super().savepoint_rollback(sid)\n        finally:\n            self._role = None",
        "super().savepoint_rollback(sid)\n        finally:\n            pass",
        "tests/kernel/test_second_wall.py",
    ),
    Wall(
        "a pooler is seen, whichever session it gives",
        "cse_portal/companies/postgresql/pooler.py",
        "return pid != str(connection.pgconn.backend_pid).encode()",
        "return False",
        "tests/faults/test_pooler.py",
    ),
    Wall(
        "what a transaction is told through a pooler ends with it",
        "cse_portal/companies/postgresql/base.py",
        '.as_sql("SET LOCAL")\n        if self.has_second_wall():',
        '.as_sql("SET")\n        if self.has_second_wall():',
        "tests/faults/test_pooler.py::test_nothing_that_was_told_is_left_in_the_session",
    ),
    Wall(
        "each statement through a pooler is told whose rows it sees",
        "cse_portal/companies/postgresql/pooler.py",
        "        if not connection.autocommit:\n            tell_scope(connection)",
        "        if not connection.autocommit:\n            pass",
        "tests/faults/test_pooler.py::test_companies_that_share_sessions_see_their_own_rows",
    ),
    Wall(
        "a server that takes no writes serves no page",
        "cse_portal/companies/postgresql/base.py",
        "if attributes in WRITTEN_TO and not takes_writes:",
        "if attributes in WRITTEN_TO and takes_writes is None:",
        "tests/faults/test_failover.py",
    ),
    Wall(
        "who sends letters listens to the server that is written to",
        "notices/worker.py",
        "        if not takes_writes(listener):",
        "        if takes_writes(listener) is None:",
        "tests/notices/test_worker.py::test_it_listens_elsewhere_once_its_server_takes_no_writes",
    ),
    Wall(
        "a machine that is gone is not waited for at each connection",
        "cse_portal/companies/postgresql/base.py",
        "return beginning_with(super().get_connection_params(), self._reached)",
        "return super().get_connection_params()",
        "tests/database/test_pool.py",
    ),
    Wall(
        "a database that is away is no session that is gone",
        "cse_portal/web/session_store.py",
        "if error is not None and is_interruption(error):",
        "if error is None:",
        "tests/kernel/test_session_store.py",
    ),
    Wall(
        "a database that is back is found by the first request",
        "cse_portal/database/pool.py",
        "configure=configured, check=checked, reconnect_timeout=0, open=False, **options",
        "configure=configured, check=checked, open=False, **options",
        "tests/database/test_pool.py",
    ),
    # --- sessions, tries, passwords ---
    Wall(
        "a session is stored under a digest of its key",
        "cse_portal/web/session_store.py",
        "return hashlib.sha256(key.encode()).hexdigest()[:40]",
        "return key",
        "tests/kernel/test_session_store.py",
    ),
    Wall(
        "a table that nobody listed is closed to the portal's roles",
        "cse_portal/companies/walls.py",
        '*(f"REVOKE ALL ON ALL {kind} IN SCHEMA public FROM {roles}" for kind in REVOKED),',
        'f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {roles}",',
        "tests/kernel/test_second_wall.py",
    ),
    Wall(
        "no company reads the sessions",
        "cse_portal/companies/walls.py",
        '"length(session_key) < 40"',
        '"true"',
        "tests/kernel/test_second_wall.py::test_no_company_reads_sessions_or_tries",
    ),
    Wall(
        "what is typed as a user code is stored as a keyed hash",
        "users/lockout.py",
        'return sorted(known_hashes("users.lockout", f"{kind}:{key}"))',
        "return [str(key)]",
        "tests/users/test_lockout.py",
    ),
    Wall(
        "a user code is masked in the session",
        "users/under_way.py",
        "one ^ other for one, other in",
        "one for one, _other in",
        "tests/users/test_lockout.py::test_what_is_typed_as_a_user_code_is_nowhere_in_clear",
    ),
    Wall(
        "a clock that jumped locks nobody out for years",
        "users/lockout.py",
        "tries.since, tries.last_at = min(tries.since, now), min(tries.last_at, now)",
        "pass",
        "tests/users/test_lockout.py",
    ),
    Wall(
        "nor does it keep a session open",
        "cse_portal/web/session_life.py",
        "        if session.get(instant, 0) > now():",
        "        if False:",
        "tests/kernel/test_session_store.py",
    ),
    Wall(
        "a changed password is told",
        "cse_portal/settings.py",
        '{"NAME": "users.passwords.OwnerIsTold"},',
        "",
        "tests/users/test_changed_password.py",
    ),
    Wall(
        "a temporary password is good for one sign-in",
        "users/actions.py",
        "if person.must_choose_password and not _use_temporary_password(person):",
        "if not person:",
        "tests/users/test_changed_password.py",
    ),
    Wall(
        "sessions end with a person's right to sign in",
        "users/migrations/0008_tries_by_digest_and_sessions_that_end.py",
        "DELETE FROM users_signincode WHERE user_id = NEW.id;",
        "",
        "tests/users/test_ended_sessions.py",
    ),
    Wall(
        "sessions end with the company's account",
        "users/migrations/0008_tries_by_digest_and_sessions_that_end.py",
        "WHERE user_id = users_user.id AND company_id = NEW.id;",
        "WHERE user_id = users_user.id AND company_id = -NEW.id;",
        "tests/users/test_ended_sessions.py",
    ),
    Wall(
        "a code is tried for the sign-in of its own page",
        "users/under_way.py",
        'return int(self._stored.get("pending", 0))',
        'return next(one["pending"] for one in reversed(self._session[SIGN_INS].values()))',
        "tests/users/test_bound_to_its_page.py",
    ),
    Wall(
        "another token makes no other user code",
        "users/under_way.py",
        'if is_keyed_hash(stored["seal"], SEAL, f"{name}:{sign_in.user_code}"):',
        "if sign_in.user_code:",
        "tests/users/test_bound_to_its_page.py",
    ),
    Wall(
        "a sign-in stands on the password and the mailbox that it began with",
        "users/actions.py",
        " and _is_account_of(person, account) else None",
        " else None",
        "tests/users/test_ended_sessions.py",
    ),
    Wall(
        "who is put out once the password was right gets no code",
        "users/actions.py",
        "        if _person_of_account(user, account_of(user)) is None:\n            return None\n",
        "",
        "tests/users/test_ended_sessions.py",
    ),
    Wall(
        "a session that a second form opened lasts as any other",
        "users/under_way.py",
        "    request.session.set_expiry(None)\n    request.session[SIGN_INS] = known",
        "    request.session[SIGN_INS] = known",
        "tests/users/test_bound_to_its_page.py",
    ),
    Wall(
        "a code entered a second time must be the right one",
        "users/models.py",
        "return code if code and code.has_digits(digits) else None",
        "return code",
        "tests/users/test_bound_to_its_page.py",
    ),
    Wall(
        "the page of whoever was there before is not the next person's",
        "users/way_back.py",
        "is_theirs = not mark or is_mark_of(mark, user.pk)",
        "is_theirs = True",
        "tests/users/test_bound_to_its_page.py",
    ),
    Wall(
        "what is only posted is no way back",
        "users/way_back.py",
        "return can_be_opened(resolve(path))",
        "return bool(resolve(path))",
        "tests/users/test_bound_to_its_page.py",
    ),
    Wall(
        "a password is compared in one form",
        "users/models.py",
        'list(dict.fromkeys([unicodedata.normalize("NFKC", password), password]))',
        "[password]",
        "tests/users/test_bound_to_its_page.py",
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
        "if not summary.has_seal(seal):",
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
        "a receipt keeps the names of its day",
        "cse_portal/migrations/0005_receipts_keep_names.py",
        "CREATE TRIGGER receipt_keeps_names BEFORE INSERT",
        "CREATE TRIGGER receipt_keeps_names AFTER INSERT",
        "tests/kernel/test_receipts.py",
    ),
    Wall(
        "the code of an acknowledgment covers its names",
        "cse_portal/flows/authenticity.py",
        "json.dumps([*_facts(receipt), names], sort_keys=True)",
        "json.dumps(_facts(receipt), sort_keys=True)",
        "tests/kernel/test_authenticity.py",
    ),
    Wall(
        "an answer keeps its question",
        "registrations/models.py",
        'if "label_fr" in stored:',
        'if stored["question"] not in present:',
        "tests/registrations/test_register.py",
    ),
    Wall(
        "two people of one name are told apart",
        "users/models.py",
        'return f"{self.full_name} ({self.user_code})"',
        "return self.full_name",
        "tests/sweeps/test_homonyms.py",
    ),
    Wall(
        "two companies of one name are told apart",
        "cse_portal/models.py",
        'return f"{self.name} ({self.identification_number})"',
        "return self.name",
        "tests/sweeps/test_homonyms.py",
    ),
    Wall(
        "a letter marks no other digits than those of its code",
        "cse_portal/mail.py",
        r'rf"\b({re.escape(code)})\b"',
        r'r"\b([0-9]{7})\b"',
        "tests/kernel/test_mail.py",
    ),
    Wall(
        "a row whose digest is another is named",
        "notices/trail.py",
        "            if recomputed != entry.digest:\n",
        "            if not entry.digest:\n",
        "tests/notices/test_trail.py",
    ),
    Wall(
        "a digest is not what the database answers",
        "notices/stored.py",
        "        return digest_of(\n",
        "        return self.digest or digest_of(\n",
        "tests/notices/test_trail.py::test_a_change_is_named",
    ),
    Wall(
        "an end that an anchor knew is still there",
        "notices/trail_since.py",
        "                elif end != known:\n",
        "                elif end is None:\n",
        "tests/notices/test_trail_since.py::test_a_trail_that_was_cut_is_named",
    ),
    Wall(
        "what came since an anchor follows the end that it knew",
        "notices/trail.py",
        "            if known.position == entry.position and known.digest != entry.digest:\n",
        "            if known.position < 0:\n",
        "tests/notices/test_trail_since.py::test_a_trail_computed_again_is_named",
    ),
    Wall(
        "an anchor is what the portal signed",
        "notices/anchors.py",
        "if hmac.compare_digest(_as_text(mac), signature):",
        "if signature:",
        "tests/notices/test_anchors.py",
    ),
    Wall(
        "an entry that covers less is named",
        "notices/trail.py",
        "return not before <= columns",
        "return False",
        "tests/notices/test_definitions.py",
    ),
    Wall(
        "a function of the trail that was changed is named",
        "notices/definitions.py",
        "if stands.functions[key] != made.functions[key]:",
        "if not stands.functions:",
        "tests/notices/test_definitions.py",
    ),
    Wall(
        "a trigger of the trail that was changed is named",
        "notices/definitions.py",
        "elif stands.triggers.get(key) != made.triggers[key]:",
        "elif not made.triggers:",
        "tests/notices/test_definitions.py",
    ),
    Wall(
        "a trigger of the trail that is switched off is named",
        "notices/definitions.py",
        'if enabled != "O":',
        'if enabled == "X":',
        "tests/notices/test_definitions.py",
    ),
    Wall(
        "a function in another's place is named",
        "notices/definitions.py",
        "elif name in made.names or (is_of_postgresql and name in made.called):",
        "elif not name:",
        "tests/notices/test_definitions.py",
    ),
    Wall(
        "a table that answers otherwise is named",
        "notices/definitions.py",
        "        elif not is_a_table:\n",
        "        elif not name:\n",
        "tests/notices/test_definitions.py",
    ),
    Wall(
        "a policy that hides rows of the trail is named",
        "notices/definitions.py",
        "        elif not is_seen_whole:\n",
        "        elif not name:\n",
        "tests/notices/test_definitions.py",
    ),
    Wall(
        "a receipt's number is drawn when it is transmitted",
        "cse_portal/models.py",
        "receipt.number = cls.draw_number(year=clock.today().year)",
        'receipt.number = f"CSE-2026-{b32encode(draft.id.bytes[:5]).decode()}"',
        "tests/kernel/test_transmit_once.py",
    ),
    Wall(
        "a user opens no receipt but their own",
        "cse_portal/flows/views.py",
        "if may(self.request.user, Verb.SEE_RECEIPTS):",
        "if self.request:",
        "tests/kernel/test_who_reads_receipts.py",
    ),
    Wall(
        "what comes next is for who transmitted",
        "cse_portal/flows/views.py",
        "receipt.transmitted_by_id == self.request.user.pk and",
        "receipt.transmitted_by_id and",
        "tests/kernel/test_who_reads_receipts.py",
    ),
    # --- while the secret key is replaced ---
    Wall(
        "what another machine wrote under the other key is read",
        "cse_portal/keyed_hash.py",
        "keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]",
        "keys = [settings.SECRET_KEY]",
        "tests/users/test_rotation.py",
    ),
    Wall(
        "no session is moved because the key is replaced",
        "users/models.py",
        "return self.session_hash if is_known else present",
        "return present",
        "tests/users/test_rotation.py",
    ),
    # --- papers and kept files, whatever key has come since ---
    Wall(
        "a receipt's code is the one that its paper bears",
        "cse_portal/flows/authenticity.py",
        "if one.number == receipt.code_key), None)",
        "), None)",
        "tests/kernel/test_authenticity.py",
    ),
    Wall(
        "a key makes no code for the receipts of another",
        "cse_portal/flows/authenticity.py",
        "if is_equal and number in its_own]",
        "if is_equal]",
        "tests/kernel/test_authenticity.py",
    ),
    Wall(
        "no key that receipts need is dropped silently",
        "cse_portal/keys_on_record.py",
        "        elif key.used_at:\n",
        "        elif False:\n",
        "tests/kernel/test_keys_on_record.py",
    ),
    Wall(
        "one number is one key on all machines",
        "cse_portal/keys_on_record.py",
        "        if key.number in numbers:\n",
        "        if False:\n",
        "tests/kernel/test_keys_on_record.py",
    ),
    Wall(
        "a service does not start without the keys of its receipts",
        "cse_portal/web/service_gate.py",
        "no_demo.why_not_served() or keys_on_record.why_not_served()",
        "no_demo.why_not_served()",
        "tests/kernel/test_keys_on_record.py",
    ),
    Wall(
        "the login role that is not in use is watched as the other",
        "cse_portal/companies/walls.py",
        "cursor.execute(SETTINGS_OF_ROLES, [[*ROLES, *LOGINS]])",
        "cursor.execute(SETTINGS_OF_ROLES, [list(ROLES)])",
        "tests/faults/test_passwords.py",
    ),
    Wall(
        "a login role is a member of the two roles and nothing else",
        "cse_portal/companies/walls.py",
        "WHERE login.rolname = ANY(%(logins)s) AND is_so ORDER",
        "WHERE login.rolname = ANY(%(logins)s) AND false ORDER",
        "tests/faults/test_passwords.py",
    ),
    # --- the way in ---
    Wall(
        "five wrong passwords close the sign-in",
        "users/lockout.py",
        "is_open = highest.count < max_tries(kind)",
        "is_open = True",
        "tests/users/test_lockout.py",
    ),
    Wall(
        "the lock of the counted tries",
        "users/lockout.py",
        "list(locked(tries_of(kind, key)))",
        "list(tries_of(kind, key))",
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
        "if not self.has_digits(token):",
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
    # --- keys ---
    Wall(
        "a key is drawn",
        "cse_portal/keys.py",
        "    return FIRST + randbelow(LAST - FIRST + 1)\n",
        "    return FIRST + randbelow(1_000_000)\n",
        "tests/kernel/test_keys.py::test_a_key_is_drawn_by_the_portal",
    ),
    Wall(
        "PostgreSQL draws the key of a row that comes without",
        "cse_portal/key_migrations.py",
        "    ALTER TABLE {table} ALTER COLUMN id SET DEFAULT random_key();\n",
        "    ALTER TABLE {table} ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;\n",
        "tests/kernel/test_keys.py::test_a_row_that_comes_without_a_key_gets_a_drawn_one",
    ),
    Wall(
        "letters leave in the order of time, not of their keys",
        "notices/models.py",
        'asc(nulls_first=True), "written_at", "id")',
        'asc(nulls_first=True), "id")',
        "tests/notices/test_letters.py::test_letters_leave_in_the_order_in_which_they_were_written",
    ),
    Wall(
        "the latest registration is so by its time, not by its key",
        "registrations/models.py",
        'order_by("-requested_on", "-requested_at", is_refused, "-pk")',
        'order_by("-requested_on", "-pk")',
        "tests/registrations/test_life.py"
        "::test_requests_of_one_day_are_in_the_order_in_which_they_were_made",
    ),
    Wall(
        "people are named in the order in which they were chosen",
        "proxies/actions/locks.py",
        "    return [users[key] for key in keys]\n",
        "    return list(users.values())\n",
        "tests/proxies/test_assignment.py"
        "::test_people_are_named_in_the_order_in_which_they_were_chosen",
    ),
    # --- sessions ---
    Wall(
        "a session gets a new key with the password",
        "users/under_way.py",
        "        request.session.cycle_key()\n",
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
        "a suspended person is out, whatever was left open",
        "users/backends.py",
        "return user.is_active and (user.is_officer or user.company.is_active)",
        "return True",
        "tests/users/test_ended_sessions.py",
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
        '            return redirect(f"{reverse(settings.LOGIN_URL)}?{way_back}")',
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
        "users/way_back.py",
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
    # --- whatever strangers send ---
    Wall(
        "no header stands before the portal's addresses",
        "cse_portal/settings.py",
        'FORCE_SCRIPT_NAME = ""\n',
        "",
        "tests/sweeps/test_no_other_host.py::test_no_header_becomes_another_host",
    ),
    Wall(
        "the language link is written anew",
        "home/menu.py",
        "in_language(match, query, code))",
        "in_language(match, query, code) if match else request.path)",
        "tests/sweeps/test_no_other_host.py::test_no_path_becomes_another_host",
    ),
    Wall(
        "a body is refused by the length that it tells",
        "cse_portal/web/middleware.py",
        "    return 413 if length > LONGEST_BODY else 0",
        "    return 0",
        "tests/faults/test_slow_visitors.py",
    ),
    Wall(
        "a body tells its length",
        "cse_portal/web/middleware.py",
        "        return 411\n",
        "        return 0\n",
        "tests/faults/test_slow_visitors.py::test_a_body_without_a_length_is_refused",
    ),
    Wall(
        "threads wait for no visitor",
        "cse_portal/web/worker.py",
        "if conn.thrown_away is None and conn.is_whole():",
        "if conn.thrown_away is None and conn.arrived:",
        "tests/faults/test_slow_visitors.py::test_however_many_are_slow_others_are_served",
    ),
    Wall(
        "a request has so long to arrive",
        "cse_portal/web/worker.py",
        "self.pending_conns[0].timeout <= now",
        "self.pending_conns[0].timeout <= now - 60",
        "tests/faults/test_slow_visitors.py::test_a_drop_now_and_then_gains_no_time",
    ),
    Wall(
        "who waits the longest makes room",
        "cse_portal/web/worker.py",
        "if self.nr_conns >= self.worker_connections and self.pending_conns:",
        "if self.nr_conns < 0:",
        "tests/faults/test_slow_visitors.py"
        "::test_more_than_the_process_holds_make_room_for_who_comes",
    ),
    Wall(
        "a draft keeps the fields of its page alone",
        "cse_portal/flows/answers.py",
        "        if name in fields\n",
        "",
        "tests/kernel/test_flows.py::test_only_the_fields_of_a_page_are_kept",
    ),
    Wall(
        "a person has so many drafts",
        "cse_portal/flows/transmission.py",
        "            forget_oldest_drafts(author)\n",
        "",
        "tests/kernel/test_flows.py::test_drafts_begun_at_once_are_no_more_for_it",
    ),
    Wall(
        "what Django can't read does not come in",
        "cse_portal/web/entrance.py",
        "if content_type and not TYPE.fullmatch(content_type):",
        "if False:",
        "tests/sweeps/test_anything_from_strangers.py::test_a_stranger_makes_no_address_fail",
    ),
    Wall(
        "a user code is bounded as it is kept",
        "users/forms.py",
        '        self.fields["user_code"].run_validators(code)\n',
        "",
        "tests/users/test_user_code.py",
    ),
    Wall(
        "JSON within JSON by the thousand is no failure",
        "cse_portal/web/csp_reports.py",
        "except (ValueError, RecursionError):",
        "except ValueError:",
        "tests/kernel/test_security_log.py::test_what_is_no_report_is_no_failure",
    ),
    # --- no simulation in production ---
    Wall(
        "a simulation stays on its own machine",
        "cse_portal/settings.py",
        "if SANDBOX:\n    keep_on_own_machine(",
        "if not SANDBOX:\n    dict(",
        "tests/meta/test_sandbox_alone.py",
    ),
    Wall(
        "a service does not start with the demo in its database",
        "cse_portal/web/service_gate.py",
        "        if reason := self._look():\n            raise ImproperlyConfigured(reason)",
        "        self._look()",
        "tests/meta/test_sandbox_alone.py",
    ),
    Wall(
        "the deployment check finds the demo",
        "cse_portal/checks.py",
        "    reason = why_not_served()\n",
        '    reason = ""\n',
        "tests/meta/test_sandbox_alone.py",
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
        "cse_portal/migrations/0006_an_outcome_has_room.py",
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
    Wall(
        "the annex is out on a version of Django that it does not know",
        "cse_portal/settings.py",
        "CSE_PLAIN = CSE_PLAIN or bool(WHY_PLAIN)",
        "CSE_PLAIN = CSE_PLAIN or False",
        "tests/speed/test_adapters.py",
    ),
    Wall(
        "and where a name that it needs is gone",
        "cse_portal/speed/adapters/needs.py",
        "            if not hasattr(self.of, name):",
        "            if not name:",
        "tests/speed/test_adapters.py",
    ),
    Wall(
        "a private part of a library is touched where it is looked for",
        "cse_portal/speed/postgresql/base.py",
        "            with self.named_cursor(APART) as cursor:",
        "            with self._cursor(APART) as cursor:",
        "tests/meta/test_private_parts.py",
    ),
    Wall(
        "a Django that undoes a block by a way of its own is told before it serves",
        "cse_portal/checks.py",
        "and not walls.takes_its_role_again(alias):",
        "and walls.takes_its_role_again(alias) is None:",
        "tests/kernel/test_second_wall.py",
    ),
    # --- timeouts ---
    Wall(
        "a page waits for no lock for long",
        "cse_portal/web/middleware.py",
        "with serving_a_request(), with_timeouts(PEOPLE):",
        "with serving_a_request():",
        "tests/faults/test_locks.py",
    ),
    Wall(
        "an officer's search ends",
        "cse_portal/web/middleware.py",
        "                    with_timeouts(OFFICERS),\n",
        "",
        "tests/faults/test_locks.py",
    ),
    Wall(
        "officers leave threads to companies' people",
        "cse_portal/web/middleware.py",
        "                    place_for_officer(),\n",
        "",
        "tests/kernel/test_overload.py",
    ),
    Wall(
        "a pooled connection gets the timeouts of whoever uses it",
        "cse_portal/companies/postgresql/base.py",
        'if line.__dict__.get("timeouts") == timeouts:',
        'if "timeouts" in line.__dict__:',
        "tests/faults/test_locks.py",
    ),
    Wall(
        "who holds a person's row stops no letter",
        "notices/letters.py",
        'logger.warning("The state of an address was not stored: %s", type(error).__name__)',
        "raise",
        "tests/faults/test_locks.py",
    ),
    Wall(
        "a locked proxy keeps no other from its reminders",
        "proxies/reminders.py",
        "            if is_held_elsewhere(error):",
        "            if is_held_elsewhere(error):\n                raise",
        "tests/faults/test_locks.py",
    ),
    Wall(
        "a letter that waits to be sent is not forgotten",
        "notices/retention.py",
        "AccountLetter.objects.filter(written_at__lt=before).exclude(STILL_TO_SEND)",
        "AccountLetter.objects.filter(written_at__lt=before)",
        "tests/commands/test_purge.py::test_what_still_waits_to_be_e_mailed_is_not_forgotten",
    ),
    Wall(
        "what somebody holds is left by the purge",
        "cse_portal/retention.py",
        "skip_locked=True, ",
        "nowait=True, ",
        "tests/commands/test_purge.py"
        "::test_a_row_that_somebody_holds_is_left_for_the_next_run_and_nobody_waits",
    ),
    Wall(
        "who comes after a reminder is noted by PostgreSQL",
        "proxies/migrations/0009_newcomers.py",
        "            NOT OLD.is_active\n            OR ",
        "            ",
        "tests/proxies/test_reminders_by_index.py"
        "::test_who_comes_after_the_reminder_is_told_at_the_next_run",
    ),
    Wall(
        "a newcomer stays noted until told",
        "proxies/reminders.py",
        "if not left & proxies.get(user, set())",
        "",
        "tests/proxies/test_reminders_by_index.py"
        "::test_a_newcomer_to_a_proxy_that_somebody_holds_stays_noted",
    ),
    Wall(
        "a proxy whose end moves is reminded of again",
        "proxies/migrations/0007_last_reminder.py",
        "SET last_reminder = 0 WHERE",
        "SET last_reminder = last_reminder WHERE",
        "tests/proxies/test_reminders_by_index.py"
        "::test_an_end_that_moves_is_reminded_of_again_whoever_moves_it",
    ),
    Wall(
        "a proxy whose notices fail keeps no other from its own",
        "proxies/reminders.py",
        "            if not connection.is_usable():\n                raise\n",
        "            raise\n",
        "tests/proxies/test_reminders_by_index.py"
        "::test_a_proxy_that_fails_is_named_and_stops_no_other",
    ),
    # --- searches ---
    Wall(
        "nobody counts what a list does not show",
        "cse_portal/web/bounded_list.py",
        "return int(rows[: MOST_LISTED + 1].count())",
        "return int(rows.count())",
        "tests/kernel/test_admin_among_many.py",
    ),
    Wall(
        "a list is in the order of an index, whatever an address names",
        "cse_portal/web/bounded_list.py",
        "            self.params.pop(ORDER_VAR, None)\n",
        "            pass\n",
        "tests/kernel/test_admin_among_many.py",
    ),
    Wall(
        "what many rows have is met, not collected",
        "cse_portal/search/finding.py",
        "if sum(all(part in one for part in self.parts) for one in sample) < MANY_IN_A_SAMPLE:",
        "if self.parts:",
        "tests/kernel/test_search.py::test_what_many_have_is_met_and_what_few_have_is_looked_up",
    ),
    Wall(
        "a search is no longer than anybody types",
        "cse_portal/search/typed.py",
        "        if len(text) > LONGEST:",
        "        if len(text) > 10**9:",
        "tests/kernel/test_search.py",
    ),
    Wall(
        "an action is done to what is ticked alone",
        "cse_portal/web/model_admin.py",
        '        posted.pop("select_across", None)\n',
        "",
        "tests/kernel/test_search.py::test_an_action_is_done_to_what_is_ticked_alone",
    ),
    Wall(
        "an index whose making was stopped is made anew",
        "cse_portal/index_migrations.py",
        "    return bool(state)",
        "    return state is not None",
        "tests/kernel/test_index_migrations.py",
    ),
    # --- letters ---
    Wall(
        "a letter is sent once by several workers",
        "notices/letters.py",
        '        rows = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)\n',
        "",
        "tests/notices/test_letters.py::test_workers_at_once_send_each_letter_once",
    ),
    Wall(
        "a letter fails alone",
        "notices/letters.py",
        "    except Exception as error:\n        return _failed(letter, error, at=now)",
        "    except OSError as error:\n        return _failed(letter, error, at=now)",
        "tests/notices/test_letters.py::test_a_letter_that_fails_stops_no_other_and_is_tried_again",
    ),
    Wall(
        "a letter that fails is tried again later and later",
        "notices/letters.py",
        "BACK_OFF[min(tries, len(BACK_OFF)) - 1]",
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
        "a letter goes back to the queue untried when the mail server takes none",
        "notices/letters.py",
        "                _store(letter, {})",
        "                pass",
        "tests/faults/test_mail_connection.py"
        "::test_a_server_that_ends_each_conversation_at_once_tries_no_letter",
    ),
    Wall(
        "no e-mail leaves inside a transaction",
        "cse_portal/mail.py",
        "    with transaction.atomic(durable=True):\n        pass\n",
        "",
        "tests/kernel/test_mail_leaves.py::test_no_mail_leaves_inside_a_transaction",
    ),
    Wall(
        "a slow mail server leaves threads to the other pages",
        "cse_portal/mail.py",
        "    with place_to_send():\n        hand_over(email, mail_server())",
        "    hand_over(email, mail_server())",
        "tests/kernel/test_mail_leaves.py",
    ),
    Wall(
        "a code has one bound for all the mail server's answers",
        "cse_portal/smtp.py",
        "self.sock.settimeout(max(self.ends_at - time.monotonic(), 0.001))",
        "self.sock.settimeout(self.seconds)",
        "tests/faults/test_mail_connection.py"
        "::test_a_code_takes_no_longer_than_its_time_however_slow_each_answer",
    ),
    Wall(
        "a refused letter is forgotten by the connection that serves the next",
        "cse_portal/smtp.py",
        "            code, _text = self.connection.rset()",
        "            code = 250",
        "tests/faults/test_mail_connection.py"
        "::test_one_connection_holds_through_letters_that_are_refused",
    ),
    Wall(
        "a connection that ended between letters is no letter's fault",
        "notices/mail_server.py",
        "return has_ended(error) or isinstance(error, smtplib.SMTPSenderRefused)",
        "return False",
        "tests/faults/test_mail_connection.py",
    ),
    Wall(
        "a letter whose content has left is not sent again at once",
        "notices/mail_server.py",
        "        if self._told == Told.CONTENT:\n            return False\n",
        "",
        "tests/faults/test_mail_connection.py"
        "::test_a_letter_whose_content_has_left_is_not_sent_again_at_once",
    ),
    Wall(
        "no code is ever stored in a letter",
        "notices/actions.py",
        "    if template in LETTERS_WITH_CODES:",
        "    if not template:",
        "tests/notices/test_letters_in_admin.py::test_no_code_is_ever_stored_in_a_letter",
    ),
    Wall(
        "a letter is sent again by the officers who run the portal alone",
        "cse_portal/acting/permissions.py",
        'Verb.SEND_LETTER_AGAIN: _by_officer("notices.change_message")',
        "Verb.SEND_LETTER_AGAIN: _by_officer()",
        "tests/notices/test_letters_in_admin.py"
        "::test_who_may_read_and_not_change_is_offered_no_sending",
    ),
    Wall(
        "a letter that has left is not sent again",
        "notices/actions.py",
        "    if letter.emailed_at:",
        "    if not letter.pk:",
        "tests/notices/test_letters_in_admin.py::test_a_form_sent_twice_does_it_once",
    ),
    Wall(
        "a letter is sent again once, whoever asks at the same time",
        "notices/actions.py",
        'letter = locked(rows.select_related("user__company")).get(pk=letter.pk)',
        'letter = rows.select_related("user__company").get(pk=letter.pk)',
        "tests/notices/test_letters_in_admin.py"
        "::test_two_officers_at_once_and_a_worker_send_it_once",
    ),
    Wall(
        "a company's history never goes back in time",
        "notices/migrations/0017_times_do_not_go_back.py",
        "SELECT greatest(NEW.at, max(at)) INTO NEW.at FROM public.notices_event",
        "SELECT NEW.at INTO NEW.at FROM public.notices_event",
        "tests/kernel/test_times.py::test_a_companys_history_is_in_the_order_of_what_happened",
    ),
    Wall(
        "an acknowledgment is not before what it tells of",
        "notices/migrations/0017_times_do_not_go_back.py",
        "SELECT greatest(NEW.transmitted_at, max(at)) INTO NEW.transmitted_at\n",
        "SELECT greatest(NEW.transmitted_at, NULL) INTO NEW.transmitted_at\n",
        "tests/kernel/test_times.py::test_an_acknowledgment_is_not_before_what_it_tells_of",
    ),
    Wall(
        "a person's messages never go back in time",
        "notices/migrations/0017_times_do_not_go_back.py",
        "max(written_at) + interval '1 microsecond')",
        "NULL)",
        "tests/kernel/test_times.py"
        "::test_a_persons_messages_are_in_the_order_in_which_they_were_written",
    ),
    Wall(
        "a row ends no sooner than it began",
        "cse_portal/clock.py",
        "return earlier if earlier and instant < earlier <= instant + MOST_APART else instant",
        "return instant",
        "tests/kernel/test_times.py::test_a_row_ends_no_sooner_than_it_began",
    ),
    Wall(
        "dead letters keep no good one waiting",
        "notices/letters.py",
        "for is_retry in (retry_first, not retry_first):",
        "for is_retry in (True, False):",
        "tests/notices/test_dead_letters.py",
    ),
    Wall(
        "a worker that comes too late changes nothing of a letter",
        "notices/letters.py",
        "filter(pk=letter.pk, in_hand_until=letter.in_hand_until)",
        "filter(pk=letter.pk)",
        "tests/notices/test_dead_letters.py",
    ),
    Wall(
        "an expiry is recorded however late",
        "proxies/reminders.py",
        "revoked_at=None, renounced_at=None, ends_on__lt=self.today, is_expiry_recorded=False",
        "revoked_at=None, renounced_at=None, ends_on__lt=self.today,"
        " ends_on__gte=self.today - timedelta(days=60)",
        "tests/proxies/test_reminders.py"
        "::test_after_an_outage_of_seventy_days_the_histories_alone_learn_of_the_expiry",
    ),
    # --- servers of which one takes writes ---
    Wall(
        "a pooler whose PostgreSQL is gone hides no server that stands after it",
        "cse_portal/database/pool.py",
        "return 0 if self.away_since is None else next(self._turns)",
        "return 0",
        "tests/faults/test_failover.py"
        "::test_a_pooler_whose_postgresql_is_gone_hides_no_server_that_stands_after_it",
    ),
    # --- after a restore ---
    Wall(
        "what a restore lost is told by what is typed, whatever the register has",
        "home/verify.py",
        'return restores_that_may_have_lost(number_typed(self.cleaned_data["number"]))',
        'number = number_typed(self.cleaned_data["number"])\n'
        "        there = Receipt.objects.filter(number=number).exists()\n"
        "        return [] if there else restores_that_may_have_lost(number)",
        "tests/home/test_restores.py"
        "::test_what_is_said_tells_nobody_whether_the_number_is_in_the_register",
    ),
    Wall(
        "nobody stays signed in by a session of the state before",
        "home/restores.py",
        "SignInCode.objects.all().delete()",
        "SignInCode.objects.filter(confirmed=False).delete()",
        "tests/home/test_restores.py::test_everybody_signs_in_again",
    ),
    # --- seen from outside ---
    Wall(
        "a scrape waits for no database",
        "home/scrape.py",
        "skew = self.skew.within(PATIENCE)",
        "skew = self.skew.within(60)",
        "tests/home/test_scrape.py::test_a_name_that_nobody_resolves",
    ),
    Wall(
        "a machine whose database finds no room is not ready",
        "home/health.py",
        'NEEDED = ("database", "clock", "writes", ',
        'NEEDED = ("database", "clock", ',
        "tests/home/test_health.py::test_a_full_disk_is_not_ready_though_the_database_answers",
    ),
    Wall(
        "what visitors do is no warning",
        "cse_portal/web/entrance.py",
        'return without_body(answer) if said["REQUEST_METHOD"] == "HEAD" else answer',
        "return answer",
        "tests/faults/test_seen_from_outside.py"
        "::test_what_visitors_do_wrong_is_a_line_of_the_access_log_and_no_warning",
    ),
    Wall(
        "two processes never count in the same files",
        "cse_portal/watching/slots.py",
        "        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "        pass",
        "tests/watching/test_slots.py::test_a_slot_that_is_held_is_no_one_elses",
    ),
    Wall(
        "the access log names views, and no addresses",
        "cse_portal/watching/access.py",
        '"view": answered.view,',
        '"view": answered.request.get_full_path(),',
        "tests/watching/test_logs.py",
    ),
    Wall(
        "a refusal costs the log a line",
        "cse_portal/watching/refusals.py",
        '"status_code", None) != 503',
        '"status_code", None) != 0',
        "tests/watching/test_logs.py",
    ),
    Wall(
        "a report of an error says nothing of its words",
        "cse_portal/watching/errors.py",
        '"module": error.get("module"),',
        '"module": error.get("module"), "value": error.get("value"),',
        "tests/watching/test_telemetry.py"
        "::test_an_error_is_reported_with_its_place_and_names_nobody",
    ),
    Wall(
        "a trace names views, and no addresses",
        "cse_portal/watching/traces.py",
        '"http.route": view,',
        '"http.route": request.get_full_path(),',
        "tests/watching/test_telemetry.py"
        "::test_a_request_and_its_statements_are_a_trace_that_names_nobody",
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
