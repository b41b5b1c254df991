"""Log browsers' reports of violations of the content security policy (CSP)."""

import json
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cse_portal.web.security_log import note

TYPES = {"application/csp-report", "application/reports+json", "application/json"}
LONGEST = 10_000  # bytes: a browser's report is under two thousand


@csrf_exempt
@login_not_required
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log the violated rule and the blocked host; nothing about the page, which may be private."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    if not size.isdecimal() or int(size) > LONGEST:
        return HttpResponse(status=413)
    try:
        reports = json.loads(request.body)
    except (ValueError, RecursionError):  # no JSON, or lists within lists by the thousand
        return HttpResponse(status=400)
    for report in (reports if isinstance(reports, list) else [reports])[:5]:
        log_report(report)
    return HttpResponse(status=204)


def log_report(report: object) -> None:
    """Log one report, in the old format or the new one."""
    if not isinstance(report, dict):
        return
    body = report.get("csp-report") or report.get("body")
    if isinstance(body, dict):
        rule = text_of(body, "effective-directive", "effectiveDirective")[:60]
        blocked = text_of(body, "blocked-uri", "blockedURL")[:400]
        note("csp_report", rule=rule, blocked=host_of(blocked))


def text_of(body: dict[str, object], *names: str) -> str:
    """The text under the first of these names that has one; anything else is no browser's."""
    return next((text for name in names if isinstance(text := body.get(name), str) and text), "")


def host_of(blocked: str) -> str:
    """`inline`, `eval`, or only the host of an address."""
    try:
        return (urlsplit(blocked).hostname or blocked.split("?", maxsplit=1)[0])[:100]
    except ValueError:
        return ""
