"""What browsers say that the policy of the pages (CSP) made them refuse: a line in the log."""

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
    """Keeps which rule was broken and by which host: nothing of the page, which may be private."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    if not size.isdecimal() or int(size) > LONGEST:
        return HttpResponse(status=413)
    try:
        told = json.loads(request.body)
    except ValueError:
        return HttpResponse(status=400)
    for report in (told if isinstance(told, list) else [told])[:5]:
        write_down(report)
    return HttpResponse(status=204)


def write_down(report: object) -> None:
    """One report, in the old form or in the new one."""
    if not isinstance(report, dict):
        return
    body = report.get("csp-report") or report.get("body")
    if isinstance(body, dict):
        rule = body.get("effective-directive") or body.get("effectiveDirective")
        blocked = str(body.get("blocked-uri") or body.get("blockedURL") or "")[:400]
        note("csp_report", rule=str(rule or "")[:60], blocked=host_of(blocked))


def host_of(blocked: str) -> str:
    """« inline », « eval », or the host alone."""
    try:
        return (urlsplit(blocked).hostname or blocked.split("?", maxsplit=1)[0])[:100]
    except ValueError:
        return ""
