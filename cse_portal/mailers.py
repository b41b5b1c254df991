"""The mail server's settings, as the installed version of Django names them."""

from typing import Any

from django import VERSION

#: by EMAIL_… setting, the option of `MAILERS`
OF_SMTP = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
    "EMAIL_TIMEOUT": "timeout",
}
OF_FILES = {"EMAIL_FILE_PATH": "file_path"}


def named_for_django(
    settings: dict[str, Any], *, version: tuple[Any, ...] = VERSION
) -> dict[str, Any]:
    """The EMAIL_… settings; since Django 6.1, which deprecates them, as `MAILERS`.

    Others, as `DEFAULT_FROM_EMAIL`, stay as they are.
    """
    if version < (6, 1):
        return settings
    others = {name: value for name, value in settings.items() if not name.startswith("EMAIL_")}
    return others | {"MAILERS": {"default": as_mailer(settings)}}


def as_mailer(settings: dict[str, Any]) -> dict[str, Any]:
    """The mailer of EMAIL_… settings, with the options that its backend takes and no other."""
    backend = settings["EMAIL_BACKEND"]
    if backend.endswith(".smtp.EmailBackend"):
        names = OF_SMTP
    else:
        names = OF_FILES if backend.endswith(".filebased.EmailBackend") else {}
    options = {option: settings[name] for name, option in names.items() if settings.get(name)}
    return {"BACKEND": backend, "OPTIONS": options}
