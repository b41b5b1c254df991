"""A request's network address and browser."""

import re
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's address, for IPv6 the /64 network; empty if it can't be read.

    Behind `CSE_PROXIES` proxies, it is the address that the outermost proxy saw; values to the left
    of it in X-Forwarded-For come from the visitor and are ignored.
    """
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.CSE_PROXIES:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        seen = forwarded[-settings.CSE_PROXIES :][0].strip()
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
    """For example « Firefox, Windows », to distinguish sessions; empty when unknown."""
    agent = request.META.get("HTTP_USER_AGENT", "")[:400]
    names = (
        next((name for name, sign in signs.items() if re.search(sign, agent)), "")
        for signs in (BROWSERS, SYSTEMS)
    )
    return ", ".join(name for name in names if name)
