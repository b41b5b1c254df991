"""Addresses of what monitors and balancers ask: the same in both languages, so without a prefix."""

from django.urls import path

from home import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
