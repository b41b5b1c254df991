"""The portal's settings: one file; what is secret or local comes from the environment.

| variable                | meaning; what holds without it                                         |
|-------------------------|------------------------------------------------------------------------|
| `CSE_SANDBOX`           | true: demo companies with a published password, mailbox, ministries'   |
|                         | answers. On one's own machine alone: refused where DATABASE_URL names  |
|                         | another machine's PostgreSQL, or ALLOWED_HOSTS, PORTAL_URL or CSE_BIND |
|                         | a public address. Else false                                           |
| `SECRET_KEY`            | at least 50 random characters; the sandbox makes and stores its own    |
| `SECRET_KEY_FALLBACKS`  | keys that are read and not written with, separated by commas: the next |
|                         | one before it is in use, the former one after (docs/operations.md)     |
| `CSE_RECEIPT_KEYS`      | the keys of authenticity codes, each as `number:key`, separated by     |
|                         | commas: the first makes new codes, the others are those of receipts of |
|                         | before. None is ever taken out while a receipt needs it; 0 is          |
|                         | `SECRET_KEY` as it was before there were any                           |
| `CSE_ANCHOR_KEYS`       | the keys that sign `verify_trail --save`'s files, in the same way;     |
|                         | without it, none is written or read                                    |
| `DATABASE_URL`          | PostgreSQL 15 or newer, as a role that owns nothing; on another        |
|                         | machine with `?sslmode=verify-full`. Several servers, of which the one |
|                         | that takes writes is used: `…@one:5432,two:5432/cse`. Without it, the  |
|                         | sandbox has an embedded server                                         |
| `DIRECT_DATABASE_URL`   | where a pooler stands at DATABASE_URL: the way around it, by which     |
|                         | `send_letters` is woken. Without it, behind a pooler, it looks every   |
|                         | ten seconds                                                            |
| `ALLOWED_HOSTS`         | names under which the portal is served, separated by commas; with      |
|                         | `127.0.0.1` for the probes                                             |
| `PORTAL_URL`            | its own address, as e-mails give it                                    |
| `EMAIL_URL`             | the mail server, for example `smtp://user:password@mail.example:587`   |
| `DEFAULT_FROM_EMAIL`    | whom e-mails come from                                                 |
| `CSE_CONTACT_EMAIL`     | whom people write to about the portal; shown only where it is given    |
| `CSE_PROXIES`           | how many proxies stand before the portal, whose X-Forwarded-For gives  |
|                         | a visitor's address: 1 with `deploy/nginx.conf`. Else 0                |
| `SECURE_SSL_REDIRECT`   | false only where something before the portal already does it           |
| `CSE_CODE_MINUTES`      | life of a verification code: 40, as in clicSÉQUR-Entreprises; 10 by    |
|                         | NIST SP 800-63B and OWASP ASVS 6.5.5                                   |
| `CSE_IDLE_MINUTES`      | how long a session lasts without activity: 20                          |
| `CSE_LOCKOUT_MINUTES`   | how long five wrong passwords close the sign-in with a user code: 15   |
| `CSE_TRIES_PER_ADDRESS` | wrong passwords from one address in those minutes, all user codes      |
|                         | together: 100, so that a class behind one address does not reach it    |
| `CSE_KEEP_DRAFTS_DAYS`  | how many days `purge` keeps a draft that nobody touches: 1             |
| `CSE_KEEP_CODES_DAYS`   | codes, changes of address and counted tries, once they are over: 1     |
| `CSE_KEEP_LETTERS_DAYS` | letters about accounts: 30                                             |
| `CSE_KEEP_READ_DAYS`    | messages, once they are read: 365, and 100 at least                    |
| `CSE_KEEP_UNREAD_DAYS`  | messages that nobody reads: 1095, and 100 at least; docs/retention.md  |
|                         | tells why                                                              |
| `CSE_PATIENCE_SECONDS`  | how long a request stands in line before it is refused (503): 4        |
| `CSE_FIGURES`           | a folder in this machine's memory where web processes count what       |
|                         | `serve_metrics` shows: /run/cse-portal by the units of `deploy/`. Else |
|                         | nothing is counted                                                     |
| `CSE_ACCESS_LOG`        | true: a line of the log for each request, by its view. Else false: it  |
|                         | tells who opened what, and the proxy keeps a log as well               |
| `OTEL_EXPORTER_OTLP_ENDPOINT` | where traces go, a collector's address for OTLP over HTTP, as    |
|                         | `http://127.0.0.1:4318`. Else none is made                             |
| `SENTRY_DSN`            | where errors are reported, in Sentry's language. Else nowhere          |
| `CSE_PLAIN`             | true: without `cse_portal/speed`, which changes nothing but speed, for |
|                         | tests and doubts. Else false: by itself, with a warning, on a version  |
|                         | of Django that it does not know                                        |

The web server reads three more (`deploy/gunicorn.conf.py`):

| variable                | meaning; what holds without it                                         |
|-------------------------|------------------------------------------------------------------------|
| `CSE_BIND`              | where it listens: 127.0.0.1:8000                                       |
| `CSE_WORKERS`           | its processes: twice the cores and one                                 |
| `CSE_PROXY_ADDRESS`     | the proxy whose headers it believes: 127.0.0.1                         |
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from environs import Env, validate

from cse_portal.database import address
from cse_portal.embedded.own_machine import keep_on_own_machine
from cse_portal.embedded.secret_key import require_environment, sandbox_key
from cse_portal.embedded.which_server import database_url
from cse_portal.mailers import named_for_django
from cse_portal.numbered_keys import OF_BEFORE, NumberedKey, numbered_keys
from cse_portal.speed import adapters
from cse_portal.web.bodies import LONGEST_BODY

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# --- deployment and environment ----------------------------------------------------------------

SANDBOX = env.bool("CSE_SANDBOX", False)
DEBUG = False
CSE_PLAIN = env.bool("CSE_PLAIN", False)
# on a version of Django that the annex does not know, the portal goes without it, and says so
WHY_PLAIN = "" if CSE_PLAIN else adapters.why_out()
CSE_PLAIN = CSE_PLAIN or bool(WHY_PLAIN)

# what another machine signed with one of them is valid here
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])

if not SANDBOX:
    require_environment(
        *("SECRET_KEY", "CSE_RECEIPT_KEYS"),
        *("DATABASE_URL", "ALLOWED_HOSTS", "PORTAL_URL", "EMAIL_URL"),
    )

SECRET_KEY = env.str("SECRET_KEY", "") or sandbox_key(BASE_DIR / "var", "secret_key")
CSE_RECEIPT_KEYS = numbered_keys(
    "CSE_RECEIPT_KEYS",
    env.str("CSE_RECEIPT_KEYS", ""),
    apart_from=[SECRET_KEY, *SECRET_KEY_FALLBACKS],
)
CSE_ANCHOR_KEYS = numbered_keys(
    "CSE_ANCHOR_KEYS",
    env.str("CSE_ANCHOR_KEYS", ""),
    apart_from=[SECRET_KEY, *SECRET_KEY_FALLBACKS],
)
if SANDBOX:
    (BASE_DIR / "var").mkdir(exist_ok=True)  # where its keys and its log are
    for name, keys in {"receipt_key": CSE_RECEIPT_KEYS, "anchor_key": CSE_ANCHOR_KEYS}.items():
        if not keys:
            of_its_own = NumberedKey(1, sandbox_key(BASE_DIR / "var", name))
            keys += [of_its_own, NumberedKey(OF_BEFORE, SECRET_KEY)]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
PORTAL_URL = env.str("PORTAL_URL", "http://127.0.0.1:8000").rstrip("/")
# it stands at the root of its host: no SCRIPT_NAME, which a visitor may send, goes before addresses
FORCE_SCRIPT_NAME = ""
CSE_CODE_MINUTES = env.int("CSE_CODE_MINUTES", 40)
CSE_CONTACT_EMAIL = env.str("CSE_CONTACT_EMAIL", "aide@cse-simulation.example" if SANDBOX else "")
TEMPORARY_PASSWORD_DAYS = 7

_ENGINE = "cse_portal.companies.postgresql" if CSE_PLAIN else "cse_portal.speed.postgresql"
_DATABASE = address.parse(database_url(), engine=_ENGINE)
# libpq's parameters; what is only done without a pooler goes there
DIRECT_DATABASE: dict[str, Any] = {}
if _DIRECT_URL := env.str("DIRECT_DATABASE_URL", ""):
    DIRECT_DATABASE = address.parameters_of(_DIRECT_URL, variable="DIRECT_DATABASE_URL")
if SANDBOX:
    keep_on_own_machine(
        databases={
            "DATABASE_URL": _DATABASE,
            "DIRECT_DATABASE_URL": {"HOST": "localhost", "OPTIONS": DIRECT_DATABASE},
        },
        hosts=ALLOWED_HOSTS,
        portal=PORTAL_URL,
        bind=env.str("CSE_BIND", ""),
    )
DATABASES = {
    "default": _DATABASE
    | {
        "ATOMIC_REQUESTS": False,  # a wrong code is counted even if the view then fails
        "CONN_HEALTH_CHECKS": True,
        # in addition to the options of the URL, such as sslmode=verify-full
        "OPTIONS": _DATABASE["OPTIONS"] | {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}},
    }
}

if SANDBOX:
    _MAIL_SERVER: dict[str, Any] = {"EMAIL_BACKEND": "sandbox.mailbox.MailboxBackend"}
else:
    _MAIL_SERVER = env.dj_email_url("EMAIL_URL")
    if _MAIL_SERVER["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
        _MAIL_SERVER["EMAIL_BACKEND"] = "cse_portal.smtp.EmailBackend"
# seconds for a verification code, for which a page waits: connection and all
_MAIL_SERVER["EMAIL_TIMEOUT"] = 10
vars().update(named_for_django(_MAIL_SERVER))
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", "CSE Simulation <portail@cse-simulation.example>"
)

# --- applications and middleware ------------------------------------------------------------------

INSTALLED_APPS = [
    "cse_portal",
    "notices",
    "users",
    "registrations",
    "proxies",
    "eservices",
    "home",
    "cse_portal.web.admin_site.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_otp",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
]
if SANDBOX:
    INSTALLED_APPS.append("sandbox")

MIDDLEWARE = [
    "cse_portal.web.middleware.request_reference_middleware",
    "cse_portal.watching.middleware.traced_middleware",
    "cse_portal.watching.middleware.watched_middleware",
    "cse_portal.web.middleware.second_wall_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cse_portal.web.middleware.further_headers_middleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # with random padding; the CSRF token is masked too
    "csp.middleware.CSPMiddleware",
    "cse_portal.web.overload.OverloadMiddleware",  # below what its 503 page needs
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "cse_portal.web.middleware.readable_body_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.sessions.VerifiedMiddleware",
    "cse_portal.web.middleware.private_pages_middleware",
    "cse_portal.web.session_life.SessionLifeMiddleware",
    "cse_portal.web.middleware.company_middleware",
    "cse_portal.web.middleware.ClosedByDefaultMiddleware",
    "cse_portal.web.too_many.TooManyTriesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "cse_portal.urls"
WSGI_APPLICATION = "cse_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader"
                    if CSE_PLAIN
                    else "cse_portal.speed.templates.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "home.menu.page_frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "cse_portal.templatetags.components",
            ],
        },
    }
]
FORM_RENDERER = (
    "django.forms.renderers.TemplatesSetting" if CSE_PLAIN else "cse_portal.speed.inputs.Renderer"
)
INSTALLED_APPS.append("django.forms")
if SANDBOX:
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("sandbox.context.demo_people")
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- people and passwords -------------------------------------------------------------------------

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["users.backends.PortalBackend"]
# names of views to which apps of lower layers link
LOGIN_URL = "users:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "users:signed_out"
LANDING_URL = "landing"
FIRST_SIGN_IN_URL = "users:own_password"
SESSION_ENDED_URL = "users:session_ended"
VERIFY_URL = "verify"
HISTORY_URL = "notices:history"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {
        "NAME": "users.passwords.NotOneselfValidator",
        "OPTIONS": {"user_attributes": ["user_code", "family_name", "first_name", "email"]},
    },
    {"NAME": "users.passwords.OwnerIsTold"},
]
SESSION_ENGINE = "cse_portal.web.session_store"
SESSION_COOKIE_AGE = 8 * 60 * 60  # seconds: maximum life of a session, even with activity
CSE_LOCKOUT_MINUTES = env.int("CSE_LOCKOUT_MINUTES", 15)  # after five wrong passwords
CSE_TRIES_PER_ADDRESS = env.int("CSE_TRIES_PER_ADDRESS", 100)  # in as many minutes
CSE_PROXIES = env.int("CSE_PROXIES", 0)
CSE_IDLE_MINUTES = env.int("CSE_IDLE_MINUTES", 20)  # without activity, a session ends
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- what is kept, and for how many days (docs/retention.md) --------------------------------------

_A_DAY, _PAST_REMINDERS = validate.Range(min=1), validate.Range(min=100)
CSE_KEEP_DRAFTS_DAYS = env.int("CSE_KEEP_DRAFTS_DAYS", 1, validate=_A_DAY)
CSE_KEEP_CODES_DAYS = env.int("CSE_KEEP_CODES_DAYS", 1, validate=_A_DAY)
CSE_KEEP_LETTERS_DAYS = env.int("CSE_KEEP_LETTERS_DAYS", 30, validate=_A_DAY)
# a message is what tells that a reminder was given: it outlives the sixty days of the reminders
CSE_KEEP_READ_DAYS = env.int("CSE_KEEP_READ_DAYS", 365, validate=_PAST_REMINDERS)
CSE_KEEP_UNREAD_DAYS = env.int("CSE_KEEP_UNREAD_DAYS", 1095, validate=_PAST_REMINDERS)

# --- languages and time ---------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
FORMAT_MODULE_PATH = ["cse_portal.pages.formats"]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "America/Montreal"
# Days off of Québec's public service beyond the legal ones and Easter Monday, as month-day.
PUBLIC_SERVICE_DAYS_OFF = ["01-02", "12-24", "12-26", "12-31"]

# --- static files ---------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- security -------------------------------------------------------------------------------------

CSP_REPORT_ADDRESS = "/csp-report/"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],  # the admin's lists of choices
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": [CSP_REPORT_ADDRESS],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
DATA_UPLOAD_MAX_MEMORY_SIZE = LONGEST_BODY
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_200  # step 4 ticks as many users as a large company has
CSE_PATIENCE_SECONDS = env.int("CSE_PATIENCE_SECONDS", 4)  # in the queue, before a refusal
CSE_ACCESS_LOG = env.bool("CSE_ACCESS_LOG", False)
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")
SENTRY_DSN = env.str("SENTRY_DSN", "")
CSE_FIGURES = env.str("CSE_FIGURES", "")
REFUSED_VIEW = "home.errors.refused"
WHAT_THE_DEMO_LEFT = "sandbox.left_behind.what_the_demo_left"
TOO_MANY_TRIES_VIEW = "home.errors.too_many_requests"
CSRF_FAILURE_VIEW = "home.errors.forgery_suspected"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True

if not SANDBOX:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_SSL_HOST = urlsplit(PORTAL_URL).netloc  # and not the port that a visitor asked for
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # requested on the machine itself
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

# One event a line. In production, all lines are JSON on the console, for a log collector; the
# simulation shows only problems on the console, and writes its security log to a file.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(reference)s %(name)s %(message)s"},
        "json": {"()": "cse_portal.web.security_log.JsonLines"},
    },
    "filters": {
        "reference": {"()": "cse_portal.web.security_log.WithReference"},
        "no_refusal": {"()": "cse_portal.watching.refusals.NoRefusal"},
        "seldom": {"()": "cse_portal.database.pool.SeldomTold"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["reference"],
            "formatter": "plain" if SANDBOX else "json",
        },
        "security": {
            "class": "logging.FileHandler",
            "filename": BASE_DIR / "var" / "security.log",
            "delay": True,
            "formatter": "json",
        }
        if SANDBOX
        else {"class": "logging.StreamHandler", "formatter": "json"},
        "access": {"class": "logging.StreamHandler", "formatter": "json"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        # what a visitor does wrong (4xx) is no warning: the figures and the access log have it, the
        # security log what is suspicious; a 503 is a line of `cse.refused`
        "django.request": {"level": "ERROR", "filters": ["no_refusal"]},
        "django.security": {"level": "CRITICAL"},
        "opentelemetry": {"level": "ERROR"},  # a line a batch that does not leave, not one a try
        "cse.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        "cse.security": {"handlers": ["security"], "level": "INFO", "propagate": False},
        # each try to reach a database that is away
        "psycopg.pool": {"filters": ["seldom"]},
        # how far a long command is, and how it ended
        "cse.commands": {"level": "WARNING" if SANDBOX else "INFO"},
    },
}
