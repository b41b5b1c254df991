"""Django 6.0: as 5.2."""

from cse_portal.speed.adapters import django_5_2


class Adapter(django_5_2.Adapter):
    """All that the annex asks of Django 6.0 beyond its documentation."""
