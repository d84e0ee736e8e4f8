"""The service: `python -m guestbook.server`."""

import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from guestbook.database import Database


def answer(method, path, body, url=None):
    """Status and JSON for a request."""
    try:
        with Database(url) as database:
            if (method, path) == ("GET", "/health"):
                database.run("SELECT 1 FROM guests LIMIT 1")
                return 200, {"status": "ok", "version": os.environ.get("VERSION", "0.0.0")}
            if (method, path) == ("GET", "/guests"):
                return 200, [name for (name,) in database.run("SELECT name FROM guests ORDER BY id")]
            if (method, path) == ("POST", "/guests"):
                name = json.loads(body)["name"]
                if not isinstance(name, str) or not name.strip():
                    raise ValueError
                database.run("INSERT INTO guests (id, name) VALUES (?, ?)", (time.time_ns(), name.strip()))
                return 201, {"name": name.strip()}
            return 404, {"error": "not found"}
    except (ValueError, KeyError, TypeError):
        return 400, {"error": "a JSON object with a name is needed"}
    except Exception as error:  # a health endpoint answers whatever is wrong
        print(f"{method} {path}: {error}", flush=True)
        return 503, {"status": "failing"}


class Handler(BaseHTTPRequestHandler):
    """Hands requests on."""

    timeout = 10

    def handle_any(self):
        length = min(int(self.headers.get("Content-Length") or 0), 65536)
        status, value = answer(self.command, self.path, self.rfile.read(length))
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_any


def main():
    """Serves until it is told to end."""
    server = ThreadingHTTPServer(("", int(os.environ.get("PORT", "8080"))), Handler)

    def end(*_):
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
