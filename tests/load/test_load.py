#!/usr/bin/env python3
"""5,000 tokens over 25 connections to `ebb exchange`: trusted in 10 s, 50,000 events a second for 30 s, none lost, memory steady.

  test_load.py EBB EBB_WIRE_LOAD [--seconds N] [--markets N] [--rate EVENTS_PER_S]

The exchange is a process of its own; everything goes over TLS on loopback. Prints the figures as JSON.
"""
import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

parser = argparse.ArgumentParser()
parser.add_argument("ebb")
parser.add_argument("load")
parser.add_argument("--seconds", type=int, default=30)
parser.add_argument("--markets", type=int, default=2500)
parser.add_argument("--rate", type=int, default=56000)
parser.add_argument("--plain", action="store_true", help="without TLS")
options = parser.parse_args()

with tempfile.TemporaryDirectory() as folder:
    command = [options.ebb, "exchange", "--port", "0", "--markets", str(options.markets), "--rate", str(options.rate),
               "--data-dir", folder]
    if not options.plain:
        command.append("--tls")
    exchange = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        ready = pathlib.Path(folder) / "ready.json"
        ready.write_text(exchange.stdout.readline())
        run = subprocess.run([options.load, str(ready), str(options.seconds)], capture_output=True, text=True, timeout=240)
    finally:
        exchange.send_signal(signal.SIGTERM)
        exchange.wait(timeout=30)

print(run.stdout, run.stderr, sep="", end="")
if run.returncode not in (0, 1) or not run.stdout:
    sys.exit(1)
figures = json.loads(run.stdout.splitlines()[0])
wanted = [
    (figures["tokens"] == 2 * options.markets, "every token is followed"),
    (figures["connections"] == 2 * options.markets / 200, "200 assets a connection"),
    (0 <= figures["trusted_seconds"] <= 10, "every book is trusted within 10 s"),
    (figures["events_per_second"] >= 50000 * options.rate / 56000, "50,000 events a second"),
    (figures["seconds_differing"] == 0, "not one frame is lost, doubled or altered"),
    (figures["hash_checked"] > 0 and figures["hash_mismatched"] == 0, "book hashes verify"),
    (figures["reconnects"] == 0, "no connection is lost"),
    (figures["rss_mb_after"] <= figures["rss_mb_before"] * 1.1 + 16, "memory is steady"),
]
failed = [text for holds, text in wanted if not holds]
for text in failed:
    print("not so:", text)
sys.exit(1 if failed else 0)
