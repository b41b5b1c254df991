"""Traces in OpenTelemetry's form: a request, and what it asked of the database, with their times.

A span is named by the view, or by the verb and the table of a statement. Addresses, what was typed,
statements' values and words of errors are in none. Spans leave in the background, by a queue of
2,048: a collector that is away costs nobody's page anything.

Imported only where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; the SDK reads that variable, and the
others of OpenTelemetry (`OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS`).
"""

import os
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.http import HttpRequest, HttpResponse
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_TIMEOUT, OTEL_SERVICE_NAME
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from cse_portal.watching.answered import METHODS, view_of

TIMEOUT = (
    3.0  # seconds that a batch of spans may take to leave, unless OpenTelemetry's variable says
)
VERB = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE)\b")
TABLE = re.compile(r'(?:FROM|INTO|UPDATE|JOIN)\s+"?(\w+)')

GetResponse = Callable[[HttpRequest], HttpResponse]


@cache
def provider() -> TracerProvider:
    """This process's, whose spans leave for the collector."""
    named = OTEL_SERVICE_NAME in os.environ
    resource = Resource.create({} if named else {"service.name": "cse-portal"})
    spans = TracerProvider(resource=resource)
    timeout = float(os.environ.get(OTEL_EXPORTER_OTLP_TIMEOUT, TIMEOUT))
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=timeout)))
    return spans


@cache
def tracer() -> Tracer:
    return provider().get_tracer("cse_portal")


def traced(get_response: GetResponse) -> GetResponse:
    """The same, each request in a span of its own, whose id the lines of the log bear.

    A trace begins here: what a visitor's `traceparent` says is not believed.
    """
    own = tracer()

    def middleware(request: HttpRequest) -> HttpResponse:
        with own.start_as_current_span(
            "request",
            kind=SpanKind.SERVER,
            context={},  # type: ignore[arg-type]  # an empty one: no parent
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            log_context: dict[str, str] = request.log_context  # type: ignore[attr-defined]
            log_context["trace_id"] = f"{span.get_span_context().trace_id:032x}"
            if not span.is_recording():
                return get_response(request)
            with connection.execute_wrapper(traced_statement):
                response = get_response(request)
            describe(span, request, response, log_context)
            return response

    return middleware


def describe(
    span: Span, request: HttpRequest, response: HttpResponse, log_context: dict[str, str]
) -> None:
    method = request.method if request.method in METHODS else "_OTHER"
    view = view_of(request)
    span.update_name(f"{method} {view}")
    span.set_attributes(
        {
            "http.request.method": str(method),
            "http.route": view,
            "http.response.status_code": response.status_code,
            "cse.request": log_context["request"],
        }
    )
    if refusal := getattr(response, "refusal", ""):
        span.set_attribute("cse.refused", refusal)
    if response.status_code >= 500:
        span.set_status(StatusCode.ERROR)


def traced_statement(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Execute a statement in a span that names its verb and its table."""
    verb, table = summary_of(sql)
    with tracer().start_as_current_span(
        f"{verb} {table}".strip(),
        kind=SpanKind.CLIENT,
        attributes={"db.system.name": "postgresql", "db.operation.name": verb}
        | ({"db.collection.name": table} if table else {}),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            return execute(sql, params, many, context)
        except Exception as error:
            span.set_status(StatusCode.ERROR)
            span.set_attribute("error.type", type(error.__cause__ or error).__name__)
            raise


def summary_of(sql: str) -> tuple[str, str]:
    """The verb and the first table of the portal's; nothing else of a statement is looked at."""
    verb, table = VERB.match(sql), TABLE.search(sql)
    known = table and table[1] in tables()
    return verb[1] if verb else "OTHER", table[1] if table and known else ""


@cache
def tables() -> frozenset[str]:
    """The tables of the portal's models."""
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))
