"""One table, for the one query."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class Item(models.Model):
    """Something that a person has."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    name = models.CharField(max_length=100)

    objects: ClassVar[models.Manager] = models.Manager()

    def __str__(self) -> str:
        return self.name
