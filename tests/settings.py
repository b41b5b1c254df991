"""The sandbox's settings, with what makes tests fast."""

import os

os.environ.setdefault("CSE_SANDBOX", "true")

from cse_portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# WhiteNoise warns, and here a warning is an error, where nothing was ever collected: a fresh clone.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # noqa: F405
