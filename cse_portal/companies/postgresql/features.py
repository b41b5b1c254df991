"""Django's features of PostgreSQL, but for the one that is found out by a connection."""

from django.db.backends.postgresql import features


class DatabaseFeatures(features.DatabaseFeatures):
    """PostgreSQL 15 has no generated columns that are virtual: the portal has none anywhere.

    Left to find out, Django 6.1 would connect to the server at each `manage.py check`.
    """

    supports_virtual_generated_columns = False
