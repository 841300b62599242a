"""Serves moto on a free port of the loopback address, says which (READY), and ends when its stdin closes."""

import os
import sys
import threading

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Keeping(WSGIRequestHandler):
    """Connections are kept alive, as AWS does; every request in the log would only bury what goes wrong."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *args, **kwargs):
        pass


def tie():
    while sys.stdin.buffer.read(1):
        pass
    os._exit(1)


server = make_server(
    "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=Keeping
)
threading.Thread(target=tie, daemon=True).start()
print(f"READY {server.port}", flush=True)
server.serve_forever()
