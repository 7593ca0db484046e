"""What the wire tests share: the exchange and the trader as processes, the exchange's truth, comparisons, secrets.

Python 3 standard library only. EBB_PROGRAM names the program under test."""
import atexit
import decimal
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

PROGRAM = os.environ.get("EBB_PROGRAM", str(pathlib.Path(__file__).resolve().parents[2] / "build/release/ebb"))
START_BOUND = 30.0  # seconds until the exchange says that it is ready
STOP_BOUND = 90.0  # seconds of an orderly stop: orders end in 20, settlements in 45
SECRET_VARIABLES = ("EBB_PRIVATE_KEY", "EBB_API_KEY", "EBB_API_SECRET", "EBB_API_PASSPHRASE", "EBB_FUNDER",
                    "EBB_SIGNATURE_TYPE", "POLY_KEY", "POLY_FUNDER", "POLY_SIGNATURE", "POLY_API_KEY",
                    "POLY_API_SECRET", "POLY_API_PASSPHRASE")

# Where traders find each other's wallet locks: not in the home of who runs the tests.
STATE = tempfile.mkdtemp(prefix="ebb-wire-state-")
atexit.register(shutil.rmtree, STATE, True)

# Every new order of a test run has these bounds; the exchange's account is checked against them.
LIMITS = {"per_order": "10", "per_token": "15", "per_market": "25", "total": "200", "open_orders": "100"}


def test_key(name):
    """A private key that is worth nothing anywhere."""
    return hashlib.sha256(("ebb wire test " + name).encode()).hexdigest()


def number(text):
    return decimal.Decimal(str(text))


def environment(**extra):
    """The tests' environment without any key of the person who runs them, plus `extra`."""
    env = {name: value for name, value in os.environ.items() if name not in SECRET_VARIABLES}
    env["XDG_STATE_HOME"] = STATE
    env.update(extra)
    return env


class Finished:
    """A process that has ended."""

    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds

    def json(self):
        return json.loads(self.out)

    def text(self):
        return self.out + self.err


def run(arguments, timeout=60.0, **extra):
    """Runs the program to its end; one that does not end in time fails the test."""
    started = time.monotonic()
    done = subprocess.run([PROGRAM, *map(str, arguments)], env=environment(**extra), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", timeout=timeout, check=False)
    return Finished(done.returncode, done.stdout, done.stderr, time.monotonic() - started)


class Exchange:
    """`ebb exchange` on a port of the system's choice."""

    def __init__(self, folder, *arguments, tls=True, markets=20, seed=1, faults=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [PROGRAM, "exchange", "--port", "0", "--data-dir", str(self.folder), "--markets", str(markets),
                   "--seed", str(seed), *map(str, arguments)]
        if tls:
            command.append("--tls")
        if faults is not None:
            script = self.folder / "faults.txt"
            script.write_text(faults)
            command += ["--fault", str(script)]
        self.out_file = self.folder / "exchange.out"
        self.err_file = self.folder / "exchange.err"
        with open(self.out_file, "wb") as out, open(self.err_file, "wb") as err:
            self.process = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.ready = self._wait_for_ready_line()
        self.context = ssl.create_default_context(cafile=self.ready["ca_file"]) if tls else None

    def _wait_for_ready_line(self):
        bound = time.monotonic() + START_BOUND
        while time.monotonic() < bound:
            line, newline, _ = self.out_file.read_text().partition("\n")
            if newline:
                return json.loads(line)
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise AssertionError("the exchange did not get ready: " + self.err_file.read_text())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    @property
    def port(self):
        return int(self.ready["rest"].rpartition(":")[2])

    def tokens(self):
        return [token["token_id"] for market in self.ready["markets"] for token in market["tokens"]]

    def get(self, path):
        with urllib.request.urlopen(self.ready["admin"] + path, timeout=10, context=self.context) as answer:
            return json.load(answer)

    def post(self, path, text):
        request = urllib.request.Request(self.ready["admin"] + path, data=text.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10, context=self.context) as answer:
            return json.load(answer)

    def account(self, address):
        """The exchange's truth of one maker address; empty before its first authenticated request."""
        try:
            return self.get("/accounts/" + address)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            return {"cash": "0", "reserved": "0", "positions": [], "open_orders": [], "orders": [], "fills": [],
                    "violations": []}

    def sockets(self, channel="market"):
        return {s["socket"]: s for s in self.get("/stats")["sockets"] if s["channel"] == channel}

    def fault(self, text):
        self.post("/faults", text)


def venue_section(ready, **changes):
    values = {"clob_rest": ready["rest"], "ws_market": ready["ws_market"], "ws_user": ready["ws_user"],
              "gamma": ready["gamma"], "data": ready["data"], "geoblock": ready["geoblock"],
              "ca_file": ready["ca_file"] or ""}
    values.update(changes)
    return "[venue]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items())


def write_config(path, ready, extra="", key_file="", **venue):
    """A configuration for the exchange of `ready`, in which the busy tier `demo` takes every market."""
    text = venue_section(ready, **venue)
    text += "[risk]\n" + "".join(f"{key} = {value}\n" for key, value in LIMITS.items())
    if key_file:
        text += f'[wallet]\nkey_file = "{key_file}"\n'
    text += "[tiers.demo]\nenabled = true\n" + extra
    pathlib.Path(path).write_text(text)
    return str(path)


class Trader:
    """`ebb run` under way."""

    def __init__(self, folder, config, *arguments, venue="live", tokens=None, **extra):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [PROGRAM, "run", "--venue", venue, "--config", str(config), "--data-dir", str(self.folder),
                   "--headless", "--json", "--verbose", *map(str, arguments)]
        if venue == "live":
            command.append("--yes-live")
        if tokens is not None:
            file = self.folder / "tokens.txt"
            file.write_text("# the tokens of this run\n" + "\n".join(tokens) + "\n")
            command += ["--tokens", str(file)]
        self.out_file, self.err_file = self.folder / "run.out", self.folder / "run.err"
        with open(self.out_file, "wb") as out, open(self.err_file, "wb") as err:
            self.process = subprocess.Popen(command, env=environment(**extra), stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err)
        self.started = time.monotonic()

    def alive(self):
        return self.process.poll() is None

    def wait(self, bound):
        try:
            self.process.wait(bound)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the trader did not end in {bound} s:\n" + self.err_file.read_text()[-2000:]) from None
        return Finished(self.process.returncode, self.out_file.read_text(), self.err_file.read_text(),
                        time.monotonic() - self.started)

    def stop(self, bound=STOP_BOUND):
        """SIGTERM and the orderly end."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        return self.wait(bound)


class WireTest(unittest.TestCase):
    """A temporary folder for each test, kept when EBB_KEEP is set."""
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ebb-wire-"))
        self.processes = []

    def tearDown(self):
        for process in self.processes:
            if process.process.poll() is None:
                process.process.kill()
                process.process.wait()
        if os.environ.get("EBB_KEEP"):
            print("kept:", self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def exchange(self, *arguments, name="exchange", **options):
        exchange = Exchange(self.folder / name, *arguments, **options)
        self.processes.append(exchange)
        return exchange

    def trader(self, config, *arguments, name="trader", **options):
        trader = Trader(self.folder / name, config, *arguments, **options)
        self.processes.append(trader)
        return trader

    def config(self, exchange, name="ebb.toml", **options):
        return write_config(self.folder / name, exchange.ready, **options)

    def address_of(self, config, key):
        """The wallet's address, as the program itself derives it."""
        done = run(["keys", "derive", "--config", config, "--json"], EBB_PRIVATE_KEY=key)
        self.assertEqual(done.code, 0, done.err)
        return done.json()["address"]

    def assert_plain(self, finished):
        """No crash and nothing that only a programmer understands."""
        self.assertGreaterEqual(finished.code, 0, "killed by a signal:\n" + finished.text())
        self.assertNotRegex(finished.text(), re.compile(r"terminate called|what\(\)|Assertion|CHECK failed|Sanitizer|"
                                                        r"Segmentation|core dumped|std::|basic_string", re.I))

    def assert_refused(self, finished, code, *words, bound=20.0):
        """Exit `code`, in bounded time, with a message that says what, where and how to mend it."""
        self.assert_plain(finished)
        self.assertEqual(finished.code, code, finished.text())
        self.assertLess(finished.seconds, bound)
        for word in words:
            self.assertIn(word.lower(), finished.text().lower())

    def assert_error_json(self, finished):
        """--json: one document, whose errors have code, message and hint."""
        document = finished.json()
        self.assertFalse(document["ok"])
        self.assertTrue(document["errors"])
        for error in document["errors"]:
            self.assertTrue(error["code"] and error["message"], document)
            self.assertTrue(error["hint"], f"no hint how to mend it: {error}")
        return document
