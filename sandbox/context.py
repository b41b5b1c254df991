"""What the public page of a simulation offers: the people as whom to try it."""

from typing import Any

from django.http import HttpRequest

from sandbox.demo_companies import COMPANIES, PASSWORD


def demo_people(request: HttpRequest) -> dict[str, Any]:
    """The demo companies, their people and their password: none of it is a secret."""
    return {"demo_companies": COMPANIES, "demo_password": PASSWORD}
