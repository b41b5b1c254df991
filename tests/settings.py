"""The sandbox's settings, with what makes tests fast."""

import os

os.environ.setdefault("CSE_SANDBOX", "true")

from cse_portal.settings import *  # noqa: F403
from tests.undefined import Undefined

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# WhiteNoise warns, and here a warning is an error, where nothing was ever collected: a fresh clone.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined()  # noqa: F405
