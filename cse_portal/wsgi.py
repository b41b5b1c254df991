"""What a WSGI server (gunicorn) serves."""

import logging
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from cse_portal.speed.frames import with_room_for_frames
from cse_portal.web.entrance import with_entrance

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")

_django = get_wsgi_application()

from cse_portal.web.service_gate import gated  # noqa: E402 - its question needs the apps

if settings.WHY_PLAIN:
    logging.getLogger("cse.speed").warning("cse_portal/speed is out: %s", settings.WHY_PLAIN)

application = with_room_for_frames(with_entrance(gated(_django)))
