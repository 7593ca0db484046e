"""Servers that misbehave: HTML, cut and endless answers, wrong types, no answer at all. Standard library only."""
import http.server
import json
import pathlib
import socket
import ssl
import threading
import urllib.error
import urllib.request

CERTIFICATES = pathlib.Path(__file__).resolve().parent / "certs"
AUTHORITY = str(CERTIFICATES / "authority.pem")  # signed server.pem and expired.pem; worth nothing anywhere

FORBIDDEN_PAGE = (b"<!DOCTYPE html><html><head><title>Attention Required!</title></head><body><h1>Sorry, you have been "
                  b"blocked</h1></body></html>")


class Answer:
    """What the stub says: status, type and body; `claimed` is the Content-Length if it is to lie."""

    def __init__(self, body=b"", status=200, kind="application/json", claimed=None):
        self.body, self.status, self.kind, self.claimed = body, status, kind, claimed


def forbidden(_path):
    return Answer(FORBIDDEN_PAGE, 403, "text/html")


def html_ok(_path):
    return Answer(FORBIDDEN_PAGE, 200, "text/html")


def cut(_path):
    return Answer(b'{"market":"0x', claimed=5000)


def oversized(_path):
    return Answer(b"[" + b"0," * (40 << 20) + b"0]")


def endless_claim(_path):
    return Answer(b"[", claimed=1 << 50)


def wrong_types(_path):
    return Answer(json.dumps([{"conditionId": 7, "clobTokenIds": {"a": []}, "tokens": "none", "bids": 3, "asks": None,
                               "balance": [], "allowances": "all", "blocked": "perhaps", "time": {}}]).encode())


def wrong_object(_path):
    return Answer(b'{"balance": {}, "allowances": [1], "blocked": {"a": 1}, "data": 5, "version": "two", "apiKey": []}')


def numbers(_path):
    return Answer(b"-1e400")


def deep(_path):
    return Answer(b"[" * 100_000)


def not_utf8(_path):
    return Answer(b'{"error": "\xff\xfe\x00"}', 500)


def empty(_path):
    return Answer(b"")


class Stub:
    """An HTTP server on loopback that answers every path with `answer(path)`; with TLS when `certificate` is given."""

    def __init__(self, answer, certificate=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self):
                stub.requests.append((self.command, self.path, dict(self.headers)))
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                given = answer(self.path) if answer.__code__.co_argcount == 1 else answer(self.command, self.path,
                                                                                          self.headers, body)
                self.send_response(given.status)
                self.send_header("Content-Type", given.kind)
                self.send_header("Content-Length", str(len(given.body) if given.claimed is None else given.claimed))
                self.end_headers()
                try:
                    self.wfile.write(given.body)
                    self.wfile.flush()
                except OSError:
                    pass  # the other side has had enough
                if given.claimed is not None:
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = do_PUT = handle_any

            def log_message(self, *_):
                pass

        stub = self
        self.requests = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(str(CERTIFICATES / certificate))
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
            self.scheme = "https"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def socket_url(self):
        return self.url.replace("http", "ws", 1)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mute:
    """Accepts connections and never says a word: half-open for whoever connects."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.held = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                self.held.append(self.listener.accept()[0])
            except OSError:
                return

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def close(self):
        self.listener.close()
        for connection in self.held:
            connection.close()


def closed_port():
    """A port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def passing_on(base, changes):
    """Answers like the server at `base`, but for the paths that begin with a key of `changes`."""

    def answer(command, path, headers, body):
        for beginning, change in changes.items():
            if path.startswith(beginning):
                return change(path)
        kept = {k: v for k, v in headers.items() if k.lower() not in ("host", "content-length", "connection")}
        request = urllib.request.Request(base + path, data=body or None, headers=kept, method=command)
        try:
            with urllib.request.urlopen(request, timeout=10) as given:
                return Answer(given.read(), given.status, given.headers.get("Content-Type", "application/json"))
        except urllib.error.HTTPError as error:
            return Answer(error.read(), error.code, error.headers.get("Content-Type", "application/json"))

    return answer
