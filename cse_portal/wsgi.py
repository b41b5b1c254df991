"""What a WSGI server (gunicorn) serves."""

import os

from django.core.wsgi import get_wsgi_application

from cse_portal.speed.frames import with_room_for_frames

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")

application = with_room_for_frames(get_wsgi_application())
