"""Prints how many milliseconds of processor one comparison of a password takes, by itself."""

import os
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "cse_portal.settings"

import django

django.setup()

from django.contrib.auth.hashers import check_password, make_password  # noqa: E402

from bench.visitor import PASSWORD  # noqa: E402

TIMES = 20

if __name__ == "__main__":
    password_hash = make_password(PASSWORD)
    started = time.process_time()
    for _time in range(TIMES):
        check_password(PASSWORD, password_hash)
    print((time.process_time() - started) / TIMES * 1000)  # noqa: T201
