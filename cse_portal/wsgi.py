"""What a WSGI server (gunicorn) serves."""

import os

from django.core.wsgi import get_wsgi_application

from cse_portal.speed.frames import with_room_for_frames
from cse_portal.web.entrance import with_entrance

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")

_django = get_wsgi_application()

from cse_portal.web.service_gate import gated  # noqa: E402 - its question needs the apps

application = with_room_for_frames(with_entrance(gated(_django)))
