#!/usr/bin/env python3
"""Soak test: `ebb exchange` on a port of this machine, and a live trader (ebb-soak) on it.

    test_soak.py EBB EBB_SOAK [--seconds N] [--markets N] [--rate EVENTS_PER_S]
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("ebb")
    parser.add_argument("soak")
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--markets", type=int, default=80)
    parser.add_argument("--rate", type=float, default=2500, help="events a second of all markets; half of them are followed")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ebb_soak_") as folder:
        data = pathlib.Path(folder)
        exchange = subprocess.Popen([args.ebb, "exchange", "--port", "0", "--tls", "--data-dir", str(data / "exchange"), "--markets",
                                     str(args.markets), "--rate", str(args.rate), "--settlement", "0.2"],
                                    stdout=subprocess.PIPE, text=True)
        try:
            ready = data / "ready.json"
            ready.write_text(exchange.stdout.readline())
            (data / "trader").mkdir()
            result = subprocess.run([args.soak, str(ready), str(args.seconds), str(data / "trader")], check=False)
            if exchange.poll() is not None:
                print(f"the exchange ended on its own with {exchange.returncode}", file=sys.stderr)
                return 1
            if result.returncode != 0:
                return result.returncode
            # What the trader did under all that, done again from the log: every command the same.
            return subprocess.run([args.ebb, "replay", str(data / "trader")], check=False).returncode
        finally:
            exchange.terminate()
            exchange.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main())
