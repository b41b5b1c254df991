"""Writes the ministries that the seeds refer to; prints them and a password hash. Run as owner."""

import json
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "cse_portal.settings"

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402

from bench.visitor import PASSWORD  # noqa: E402
from cse_portal.companies.tenancy import across_companies  # noqa: E402
from sandbox.demo_companies import load_reference  # noqa: E402

if __name__ == "__main__":
    with across_companies(because="a benchmark arranges every company"):
        ministries = load_reference()
        first, second, *_others = ministries.values()
        service = first.services.get(iqea_role="operator")
    reference = {
        "ministries": [first.pk, second.pk],
        "service": service.pk,
        "password": make_password(PASSWORD),
    }
    print(json.dumps(reference))  # noqa: T201
