"""How gunicorn serves the portal: behind one TLS proxy, on this machine or in this container."""

import multiprocessing
import os

# under systemd, cse-portal.socket is what listens: nobody is refused while the processes restart
bind = os.environ.get("CSE_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("CSE_WORKERS", str(multiprocessing.cpu_count() * 2 + 1)))
# a thread is given a request once it is all there: a slow one holds none
worker_class = "cse_portal.web.worker.WholeRequestWorker"
threads = 4  # each holds a connection of the pool while it works: the pool has eight
timeout = 30
graceful_timeout = 25
keepalive = 5
control_socket_disable = True  # nothing drives it from outside
max_requests = 5_000  # a slow leak, in the code or below it, never grows old
max_requests_jitter = 500
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
forwarder_headers = ""  # no header becomes SCRIPT_NAME or PATH_INFO, whoever sends it
header_map = "drop"
forwarded_allow_ips = os.environ.get("CSE_PROXY_ADDRESS", "127.0.0.1")
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
accesslog = None  # the proxy keeps one; the portal's security log tells who did what
errorlog = "-"
# its own lines in the form of all others (docs/operations.md, "Log")
logconfig_dict = {
    "formatters": {"json": {"()": "cse_portal.web.security_log.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
