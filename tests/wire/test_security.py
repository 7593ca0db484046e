"""No output of any command contains a secret; TLS and loopback are what they should be."""
import base64
import ctypes
import os
import pathlib
import re
import socket
import struct
import subprocess
import time
import unittest

import wire


def forms_of(secret):
    """A secret as text, and as other people would write it."""
    forms = {secret, secret.upper()}
    if re.fullmatch(r"[0-9a-f]{64}", secret):
        raw = bytes.fromhex(secret)
        forms |= {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), str(int(secret, 16))}
    return {form.encode() for form in forms if len(form) >= 12}


class Output(wire.WireTest):
    """Known secrets, a full run, and a search through everything that was written."""

    def derive(self, config, key):
        done = wire.run(["keys", "derive", "--config", config, "--json"], EBB_PRIVATE_KEY=key)
        self.assertEqual(done.code, 0, done.err)
        self.assertNotIn(done.json()["api_secret"], done.err)
        self.assertNotIn(key, done.text())
        return done.json()

    def assert_silent(self, secrets, written):
        """`written`: name -> bytes."""
        for name, content in written.items():
            for what, secret in secrets.items():
                for form in forms_of(secret):
                    self.assertNotIn(form, content, f"{what} stands in {name}")
            # Headers of authenticated requests: their very names have no place in any output.
            self.assertIsNone(re.search(rb"POLY_SIGNATURE\W{1,4}[\w=+/-]{20}", content, re.I), f"a signature in {name}")
            self.assertIsNone(re.search(rb"POLY[-_](API_KEY|PASSPHRASE|TIMESTAMP|NONCE)\W", content, re.I), name)

    def collect(self, *folders):
        """Every file below the folders, captures also decompressed."""
        written = {}
        for folder in folders:
            for path in sorted(pathlib.Path(folder).rglob("*")):
                if path.is_file():
                    written[str(path)] = path.read_bytes()
                    if path.suffix == ".zst":
                        written[str(path) + " (plain)"] = decompressed(path.read_bytes())
                    if path.suffix == ".log" and path.parent.name == "input":
                        written[str(path) + " (plain)"] = decompressed(stored_blocks(path.read_bytes()))
        return written

    def run_everything(self, env, key_file=""):
        """Every command that touches keys, on one exchange; returns what they wrote."""
        exchange = self.exchange("--settlement", "0.05", seed=5,
                                 faults="at 3 disconnect\nat 5 for 2 status code=401 path=reads\n"
                                        "at 6 for 1 status code=400 path=orders\n"
                                        "at 7 for 2 status code=503 path=all body=html\n")
        config = self.config(exchange, key_file=key_file)
        tokens = self.folder / "tokens.txt"
        tokens.write_text("\n".join(exchange.tokens()) + "\n")
        written = {}

        def note(name, finished):
            written[name + " stdout"], written[name + " stderr"] = finished.out.encode(), finished.err.encode()
            self.assert_plain(finished)

        data = self.folder / "data"
        running = self.trader(config, tokens=exchange.tokens(), **env)
        note("doctor", wire.run(["doctor", "--config", config, "--data-dir", data], **env))
        note("doctor --json", wire.run(["doctor", "--config", config, "--data-dir", data, "--json"], **env))
        captures = self.folder / "captures"
        note("record", wire.run(["record", "--tokens", tokens, "--out", captures, "--config", config, "--seconds", "3"],
                                **env))
        note("paper", wire.run(["run", "--headless", "--verbose", "--seconds", "2", "--config", config, "--tokens",
                                tokens, "--data-dir", data], **env))
        note("config check", wire.run(["config", "check", config], **env))
        # Errors, too: a port where nobody is, a wrong certificate.
        other = self.config(exchange, name="other.toml", key_file=key_file, clob_rest="https://127.0.0.1:1")
        note("doctor, no CLOB", wire.run(["doctor", "--config", other, "--data-dir", data], **env))
        note("live, no CLOB", wire.run(["run", "--venue", "live", "--yes-live", "--headless", "--config", other, "--tokens",
                                        tokens, "--data-dir", data], **env))
        time.sleep(3)
        self.assertTrue((self.folder / "trader" / "run.json").exists())
        command_line = pathlib.Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
        finished = running.stop()
        note("live", finished)
        self.assertEqual(finished.code, 130, finished.err)
        self.assertGreater(finished.json()["orders"]["placed"], 0)
        note("explain", wire.run(["explain", exchange.tokens()[0], "--data-dir", self.folder / "trader"], **env))
        exchange.stop()
        written["command line"] = command_line
        written.update(self.collect(self.folder / "trader", self.folder / "exchange", data, captures))
        written.pop(key_file, None)
        self.assertTrue(any(name.endswith("explain.json") for name in written), written.keys())
        self.assertTrue(any(name.endswith("exchange.err") for name in written))
        self.assertTrue(any(name.endswith("(plain)") for name in written))
        self.assertTrue(any("/input/" in name and name.endswith("(plain)") for name in written), "no input log")
        for kept in ("journal.db", "intents.log"):
            self.assertTrue(any(name.endswith(kept) and content for name, content in written.items()), kept)
        self.assertFalse([name for name in written if name.endswith("key.pem")])
        return written

    def test_keys_in_the_environment(self):
        """Private key alone: the API key is derived, and is as secret."""
        key = wire.test_key("security, environment")
        written = self.run_everything({"EBB_PRIVATE_KEY": key})
        self.assert_silent({"the private key": key}, written)

    def test_api_key_in_the_environment(self):
        """The exchange of one seed derives the same API key for a wallet each time: it is known before the run."""
        key = wire.test_key("security, api key")
        with wire.Exchange(self.folder / "before", seed=5) as exchange:
            api = self.derive(self.config(exchange, name="before.toml"), key)
        env = {"EBB_PRIVATE_KEY": "0x" + key, "EBB_API_KEY": api["api_key"], "EBB_API_SECRET": api["api_secret"],
               "EBB_API_PASSPHRASE": api["api_passphrase"]}
        written = self.run_everything(env)
        self.assert_silent({"the private key": key, "the API key": api["api_key"], "the API secret": api["api_secret"],
                            "the passphrase": api["api_passphrase"]}, written)

    def test_key_file(self):
        """The same from a key file with mode 0600 and nothing in the environment."""
        key = wire.test_key("security, key file")
        with wire.Exchange(self.folder / "before", seed=5) as exchange:
            api = self.derive(self.config(exchange, name="before.toml"), key)
        file = self.folder / "keys.env"
        file.write_text(f"# keys\nEBB_PRIVATE_KEY={key}\nEBB_API_KEY={api['api_key']}\n"
                        f"EBB_API_SECRET={api['api_secret']}\nEBB_API_PASSPHRASE={api['api_passphrase']}\n")
        os.chmod(file, 0o600)
        written = self.run_everything({}, str(file))
        self.assert_silent({"the private key": key, "the API key": api["api_key"], "the API secret": api["api_secret"],
                            "the passphrase": api["api_passphrase"]}, written)


class Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer."""
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t)]


def stored_blocks(segment):
    """The compressed stream of an input log's segment: its blocks without their headers."""
    if segment[:8] != b"EBBINPUT":
        raise ValueError("no segment of an input log")
    stream, at = b"", 16
    while at + 24 <= len(segment):
        if segment[at:at + 4] != b"IBLK":
            raise ValueError("no block of an input log")
        size = struct.unpack_from("<I", segment, at + 20)[0]
        stream += segment[at + 24:at + 24 + size]
        at += 24 + size
    return stream


def decompressed(packed):
    """The text of zstd data by the system's libzstd: Python's own library has none."""
    zstd = ctypes.CDLL("libzstd.so.1")
    zstd.ZSTD_createDStream.restype = ctypes.c_void_p
    zstd.ZSTD_decompressStream.restype = ctypes.c_size_t
    zstd.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.POINTER(Buffer), ctypes.POINTER(Buffer)]
    zstd.ZSTD_freeDStream.argtypes = [ctypes.c_void_p]
    stream, text = zstd.ZSTD_createDStream(), b""
    source, room = ctypes.create_string_buffer(packed, len(packed)), ctypes.create_string_buffer(1 << 20)
    given = Buffer(ctypes.addressof(source), len(packed), 0)
    while given.position < given.size:
        taken = Buffer(ctypes.addressof(room), len(room), 0)
        if zstd.ZSTD_isError(ctypes.c_size_t(zstd.ZSTD_decompressStream(stream, taken, given))):
            raise ValueError("no zstd data")
        text += room.raw[:taken.position]
    zstd.ZSTD_freeDStream(stream)
    return text


def listening(pid):
    """(address, port) of every TCP socket that the process listens on, from /proc."""
    inodes = set()
    for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(descriptor))
        if match:
            inodes.add(match.group(1))
    found = []
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in pathlib.Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] != "0A" or fields[9] not in inodes:
                continue
            address, port = fields[1].split(":")
            raw = b"".join(struct.pack("=I", int(address[i:i + 8], 16)) for i in range(0, len(address), 8))
            found.append((socket.inet_ntop(family, raw), int(port, 16)))
    return found


class Ports(wire.WireTest):
    def assert_loopback(self, pid, least):
        ports = listening(pid)
        self.assertGreaterEqual(len(ports), least, "nothing listens")
        for address, port in ports:
            self.assertIn(address, ("127.0.0.1", "::1"), f"port {port} is open to the world")

    def test_exchange(self):
        for tls in (True, False):
            exchange = self.exchange(name=f"exchange-{tls}", tls=tls)
            self.assert_loopback(exchange.process.pid, 1)
            self.assertEqual([port for _, port in listening(exchange.process.pid)], [exchange.port])

    def test_trader_and_demo(self):
        exchange = self.exchange()
        running = self.trader(self.config(exchange), tokens=exchange.tokens(), EBB_PRIVATE_KEY=wire.test_key("ports"))
        demo = subprocess.Popen([wire.PROGRAM, "demo", "--wire", "--seconds", "3", "--headless", "--json", "--data-dir",
                                 str(self.folder / "demo")], env=wire.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(1.5)
            self.assert_loopback(running.process.pid, 0)
            self.assert_loopback(demo.pid, 1)
        finally:
            demo.wait(60)
        running.stop()


class Files(wire.WireTest):
    def test_the_authority_keeps_its_key_to_itself(self):
        """What the exchange leaves of its certificate authority is the certificate."""
        exchange = self.exchange()
        for path in pathlib.Path(exchange.folder).rglob("*"):
            if path.is_file():
                self.assertNotIn(b"PRIVATE KEY", path.read_bytes(), path)

    def test_data_directory_is_ours(self):
        done = wire.run(["demo", "--seconds", "1", "--speed", "0", "--headless", "--data-dir", self.folder / "fresh"])
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual((self.folder / "fresh").stat().st_mode & 0o077, 0)


if __name__ == "__main__":
    unittest.main()
