"""URLs of the probes of monitors and load balancers, without a language prefix."""

from django.urls import path

from home import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
