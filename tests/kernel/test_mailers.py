"""The mail server's settings are the same, however the version of Django names them."""

from environs import Env

from cse_portal.mailers import named_for_django


def settings_of(url, monkeypatch):
    monkeypatch.setenv("EMAIL_URL", url)
    return Env().dj_email_url("EMAIL_URL")


def test_until_django_6_1_they_stay_as_they_are(monkeypatch):
    settings = settings_of("smtp://courrier.example", monkeypatch)
    assert named_for_django(settings, version=(6, 0, 10)) == settings


def test_since_django_6_1_a_mailer_has_them(monkeypatch):
    settings = settings_of("submission://user:s%3Acret@courrier.example", monkeypatch)
    named = named_for_django(settings | {"EMAIL_TIMEOUT": 10}, version=(6, 1, 0))
    assert named == {
        "MAILERS": {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {
                    "host": "courrier.example",
                    "port": 587,
                    "username": "user",
                    "password": "s:cret",
                    "use_tls": True,
                    "timeout": 10,
                },
            }
        }
    }


def test_a_backend_is_given_no_option_that_it_does_not_take(monkeypatch):
    for url, options in {
        "console://": {},
        "file:///var/mail": {"file_path": "var/mail"},
    }.items():
        settings = settings_of(url, monkeypatch) | {"EMAIL_TIMEOUT": 10}
        named = named_for_django(settings, version=(6, 1, 0))
        assert named["MAILERS"]["default"]["OPTIONS"] == options, url


def test_what_is_no_setting_of_the_mail_server_stays(monkeypatch):
    url = "smtp://courrier.example?_default_from_email=portail@cse.example"
    named = named_for_django(settings_of(url, monkeypatch), version=(6, 1, 0))
    assert named["DEFAULT_FROM_EMAIL"] == "portail@cse.example"
    assert named.keys() == {"DEFAULT_FROM_EMAIL", "MAILERS"}
