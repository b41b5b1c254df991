"""Production refuses to start half configured, and has none of the sandbox's addresses."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django.utils import translation
from environs import EnvError

PROJECT = Path(__file__).parents[2]
NEEDED = {
    "SECRET_KEY": "qv7Zr2mX9bKt4LhW8sNc3JpY6fDg1TaE5uRkV0oHiMxBwQzUyCjS",
    "CSE_RECEIPT_KEYS": "1:Hk3Tn8Wq5Zv2Yb7Lc4Xd9Rf6Mg1Ps0Jt3Ku8Na5Ve2Bw7Cy4Dz",
    "DATABASE_URL": "postgres://cse:secret@db.example/cse?sslmode=verify-full",
    "ALLOWED_HOSTS": "cse.example",
    "PORTAL_URL": "https://cse.example",
    "EMAIL_URL": "smtp://user:secret@mail.example:587",
}
SIGN_IN = "/fr/connexion/"
HALF_A_YEAR = 15_768_000  # seconds: what browsers' lists ask at least
#: all that is asked of production, in one process: a start takes longer than the answers. Files are
#: collected as at a deployment, but aside and not compressed, which takes ten seconds
ASK = """
import io, json, sys
import django
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from django.conf import settings

addresses, sign_in, static_root = json.loads(sys.argv[1])
settings.STATIC_ROOT = static_root
settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["css", "js", "map", "svg", "txt", "md", "json"]
django.setup()
from django.test import Client
from django.urls import Resolver404, resolve, get_resolver
from django.utils import translation

def exists(address):
    try:
        with translation.override(address[1:3]):
            resolve(address)
    except Resolver404:
        return False
    return True

def faults():
    try:
        call_command(
            "check", deploy=True, databases=[], fail_level="WARNING", stdout=io.StringIO()
        )
    except SystemCheckError as error:
        return str(error)
    return ""

from cse_portal.mail import mail_server
call_command("collectstatic", interactive=False, verbosity=0)
from pathlib import Path
answer = Client(HTTP_HOST="cse.example").get(sign_in, secure=True)
plain = Client(HTTP_HOST="cse.example").get(sign_in)
other_port = Client(HTTP_HOST="cse.example:81").get(sign_in)
print(json.dumps({
    "exist": [address for address in addresses if exists(address)],
    "namespaces": list(get_resolver().namespace_dict),
    "apps": settings.INSTALLED_APPS,
    "mail": type(mail_server()).__module__,
    "debug": settings.DEBUG,
    "secure": [settings.SESSION_COOKIE_SECURE, settings.CSRF_COOKIE_SECURE],
    "redirect": settings.SECURE_SSL_REDIRECT,
    "database": settings.DATABASES["default"]["OPTIONS"],
    "faults": faults(),
    "of_the_proxy": sorted(one.name for one in Path(static_root, "errors").iterdir()),
    "status": answer.status_code,
    "headers": dict(answer.headers),
    "cookies": {name: dict(one) for name, one in answer.cookies.items()},
    "plain": [plain.status_code, plain.headers.get("Location", "")],
    "other_port": other_port.headers.get("Location", ""),
}))
"""


def settings_of(monkeypatch, **environment):
    """The settings, read anew in an environment that holds nothing but this."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(PROJECT / "cse_portal" / "settings.py"))


def test_without_its_variables_production_refuses_to_start_and_names_them_all(monkeypatch):
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_of(monkeypatch)
    for name in NEEDED:
        assert f"{name}:" in str(refused.value)
    assert "CSE_SANDBOX=true" in str(refused.value)


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("value", [None, ""], ids=["missing", "empty"])
def test_without_one_variable_production_refuses_to_start_and_names_that_one(
    monkeypatch, name, value
):
    others = {other: said for other, said in NEEDED.items() if other != name}
    with pytest.raises(ImproperlyConfigured) as refused:
        settings_of(monkeypatch, **others | ({} if value is None else {name: value}))
    assert [other for other in NEEDED if f"{other}:" in str(refused.value)] == [name]


def test_a_boolean_that_cannot_be_read_is_refused(monkeypatch):
    with pytest.raises(EnvError, match="CSE_SANDBOX"):
        settings_of(monkeypatch, CSE_SANDBOX="peut-être", **NEEDED)


def test_with_all_its_variables_production_starts(monkeypatch):
    assert settings_of(monkeypatch, **NEEDED)["SANDBOX"] is False


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    addresses = []
    for language in ("fr", "en"):
        with translation.override(language):
            addresses += [
                reverse("sandbox:mailbox"),
                reverse("sandbox:email", kwargs={"pk": 1}),
                reverse("sandbox:answer", kwargs={"registration": 1}),
                reverse("home"),
            ]
    wanted = [addresses, SIGN_IN, str(tmp_path_factory.mktemp("static"))]
    bare = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "cse_portal.settings"}
    asked = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps(wanted)],
        cwd=PROJECT,
        env=bare | NEEDED,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    return json.loads(asked.stdout)


def test_production_has_none_of_the_sandboxs_addresses(production):
    assert production["exist"] == ["/fr/accueil/", "/en/home/"]
    assert "sandbox" not in production["namespaces"]
    assert "sandbox" not in production["apps"]


def test_production_sends_real_mail_over_secure_pages(production):
    assert production["mail"] == "cse_portal.smtp"
    assert production["secure"] == [True, True]
    assert production["redirect"] is True
    assert production["debug"] is False


def test_what_the_databases_address_asks_is_kept(production):
    assert production["database"]["sslmode"] == "verify-full"
    assert production["database"]["pool"]["max_size"] == 8


def test_production_answers_over_secure_pages_alone_and_tells_browsers_so(production):
    assert production["status"] == 200
    assert production["plain"] == [301, f"https://cse.example{SIGN_IN}"]
    assert production["other_port"] == f"https://cse.example{SIGN_IN}"  # and no port of a visitor's
    asked = production["headers"]["Strict-Transport-Security"]
    age, *others = asked.split("; ")
    assert int(age.removeprefix("max-age=")) >= HALF_A_YEAR
    assert "includeSubDomains" in others


def test_no_cookie_of_productions_is_read_by_scripts_or_sent_by_other_sites(production):
    assert production["cookies"]
    for name, cookie in production["cookies"].items():
        assert name.startswith("__Host-")
        assert cookie["secure"] is cookie["httponly"] is True, name
        assert cookie["samesite"] in {"Lax", "Strict"}, name


def test_the_pages_of_the_proxy_are_collected_with_the_files(production):
    assert "502.html" in production["of_the_proxy"]


def test_djangos_own_deployment_checks_find_nothing(production):
    assert production["faults"] == ""


#: what Windows has not, gone before anything of the portal or of Django is loaded; all modules of
#: the portal are then loaded, the application with its addresses made, and the checks run
WITHOUT_UNIX = """
import json, os, signal, sys
from importlib import import_module
from pathlib import Path
gone = ["_curses", "crypt", "curses", "fcntl", "grp", "nis", "ossaudiodev", "pty", "pwd"]
gone += ["readline", "resource", "spwd", "syslog", "termios", "tty"]
sys.modules.update(dict.fromkeys(gone))
for module, names in {
    os: "chown chroot fchmod fchown fork forkpty getegid geteuid getgid getgroups getpgid getuid"
    " killpg mkfifo nice setgid setsid setuid statvfs sysconf uname",
    signal: "SIGALRM SIGHUP SIGKILL SIGQUIT SIGUSR1 SIGUSR2 alarm setitimer",
}.items():
    for name in names.split():
        delattr(module, name)
from django.conf import settings
settings.DATABASES["default"]["OPTIONS"]["pool"]["timeout"] = 0.1  # nobody answers
import cse_portal.wsgi
from django.urls import get_resolver
assert len(get_resolver().reverse_dict)
failed = {}
for app in json.loads(sys.argv[1]):
    for path in sorted(Path(app).rglob("*.py")):
        name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        try:
            import_module(name)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"
from django.core.management import call_command
call_command("check")
print(json.dumps(failed))
"""
#: apps of a service; what serves under gunicorn, or runs a server of its own, needs a Unix
APPS = ["cse_portal", "notices", "users", "registrations", "proxies", "eservices", "home"]
OF_A_UNIX = {
    *("cse_portal.embedded.server", "cse_portal.web.worker"),
    *("cse_portal.watching.figures", "cse_portal.watching.slots"),  # where CSE_FIGURES is set
}


def test_all_loads_without_a_unix_where_the_database_is_elsewhere():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_UNIX, json.dumps(APPS)],
        cwd=PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "cse_portal.settings",
            **NEEDED,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    failed = json.loads(done.stdout.splitlines()[-1])
    assert failed.keys() <= OF_A_UNIX, failed


#: `manage.py` itself, which loads what starts a server only where it needs one
MANAGE = """
import os, runpy, sys
sys.modules.update(dict.fromkeys(["fcntl", "grp", "pwd", "resource", "termios"]))
del os.geteuid, os.getuid, os.fork
sys.argv[:] = ["manage.py", "check"]
runpy.run_path("manage.py", run_name="__main__")
"""


def test_a_command_runs_without_a_unix_where_the_database_is_elsewhere():
    done = subprocess.run(
        [sys.executable, "-c", MANAGE],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **NEEDED},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
