"""Where a request comes from, and with which browser."""

import re
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's own address, IPv6 by its network of 64 bits; empty when none can be read.

    Behind `CSE_PROXIES` proxies, it is what the outermost of them saw: whatever a visitor writes
    himself into X-Forwarded-For stands to the left of that, and is not read.
    """
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.CSE_PROXIES:
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        seen = said[-settings.CSE_PROXIES :][0].strip()
    try:
        address = ip_address(seen)
    except ValueError:
        return ""
    if address.version == 6:
        return str(ip_network((address, 64), strict=False))
    return str(address)


BROWSERS = {
    "Edge": r"\bEdg",
    "Opera": r"\bOPR/",
    "Firefox": r"\b(Firefox|FxiOS)/",
    "Chrome": r"\b(Chrome|CriOS|Chromium)/",
    "Safari": r"\bSafari/",
}
SYSTEMS = {
    "Android": r"\bAndroid\b",
    "iOS": r"\b(iPhone|iPad)\b",
    "Windows": r"\bWindows\b",
    "macOS": r"\bMac OS X\b",
    "Linux": r"\bLinux\b",
}


def browser_of(request: HttpRequest) -> str:
    """« Firefox, Windows »: enough to tell one's own sessions apart; empty when unknown."""
    told = request.META.get("HTTP_USER_AGENT", "")[:400]
    found = (
        next((name for name, sign in signs.items() if re.search(sign, told)), "")
        for signs in (BROWSERS, SYSTEMS)
    )
    return ", ".join(name for name in found if name)
