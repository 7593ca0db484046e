"""The trader over TLS on 40 tokens, stopped by SIGTERM: its result is the exchange's account to the last unit."""
import json
import os
import time
import unittest

import truth
import wire

TRADE_SECONDS = float(os.environ.get("EBB_WIRE_SECONDS", "120"))
REOPEN_BOUND = 1.0  # seconds from the open socket to trusted books
FREEZE_BOUND = 5.0  # seconds from the last frame to the end of a frozen connection


class LiveRun(wire.WireTest):
    """One exchange, one trader, and everything that must be true of both afterwards."""

    def begin(self, *arguments, rate=None, settlement="0.2", seed=3, tls=True, extra=""):
        options = ["--settlement", settlement, *arguments] + (["--rate", rate] if rate else [])
        self.venue = self.exchange(*options, seed=seed, tls=tls)
        self.assertEqual(len(self.venue.tokens()), 40)
        self.file = self.config(self.venue, extra=extra)
        self.key = wire.test_key(self.id())
        self.address = self.address_of(self.file, self.key)
        self.running = self.trader(self.file, tokens=self.venue.tokens(), EBB_PRIVATE_KEY=self.key)
        self.await_orders(1)

    def await_orders(self, count, bound=30.0):
        """Trading is under way."""
        end = time.monotonic() + bound
        while time.monotonic() < end:
            self.assertTrue(self.running.alive(), self.running.err_file.read_text())
            if len(self.venue.account(self.address)["orders"]) >= count:
                return
            time.sleep(0.1)
        self.fail(f"not {count} orders in {bound} s")

    def finish(self, least_fills=1, equal=True, codes=(130,)):
        finished = self.running.stop()
        self.assert_plain(finished)
        self.assertIn(finished.code, codes, finished.err)
        result = finished.json()
        account = truth.settled_account(self.venue, self.address)
        self.result, self.account = result, account
        (self.folder / "account.json").write_text(json.dumps(account, indent=1))
        if equal:
            self.assertEqual(truth.differences(result, account), [])
        self.assertEqual(truth.overlapping_orders(result), [])
        self.assertEqual(truth.beyond_limits(account), [])
        self.assertEqual(account["violations"], [])
        self.assertEqual(result["alerts"]["ledger_refusals"], 0)
        self.assertEqual(result["alerts"]["malformed_user_events"], 0)
        self.assertEqual(result["wire"]["lost_commands"], 0)
        self.assertGreaterEqual(len(account["fills"]), least_fills)
        self.report(finished)
        return result

    def report(self, finished):
        """Figures for people; they are no part of the verdict."""
        result, wire_figures = self.result, self.result["wire"]
        print(f"\n{self.id()}: {result['orders']['placed']} orders, {result['orders']['rejected']} rejected, "
              f"{result['fills']} fills, {wire_figures['reconnects']} reconnects, "
              f"{wire_figures['unknown_outcomes']} unknown outcomes, trusted again after "
              f"{[r['trusted_seconds'] for r in wire_figures['reopened']]} s, "
              f"{wire_figures['frozen_sockets']} frozen, {finished.seconds:.0f} s", flush=True)

    def assert_trusted_in_time(self, least):
        """Every connection that came back had its books within the bound (one that was lost again has none)."""
        reopened = self.result["wire"]["reopened"]
        told = [r["trusted_seconds"] for r in reopened if r["trusted_seconds"] is not None]
        self.assertGreaterEqual(len(told), least, reopened)
        self.assertLess(max(told), REOPEN_BOUND, reopened)
        self.assertTrue(all(r["books"] > 0 for r in reopened), reopened)


class Equality(LiveRun):
    def test_short(self):
        self.begin(settlement="0.05")
        time.sleep(8)
        result = self.finish()
        self.assertEqual(result["wire"]["reconnects"], 0)
        self.assertEqual(result["errors"], [])

    def run_long(self, rule, settlement):
        self.begin("--self-trade", rule, settlement=settlement)
        time.sleep(TRADE_SECONDS)
        result = self.finish(least_fills=10)
        self.assertEqual(result["wire"]["reconnects"], 0)
        self.assertEqual(result["feed"]["hash_mismatch"], 0)
        self.assertEqual(result["errors"], [])

    def test_cancel_maker(self):
        self.run_long("cancel_maker", "1")

    def test_skip(self):
        self.run_long("skip", "0.5")

    def test_reject_taker(self):
        self.run_long("reject_taker", "0.5")


if __name__ == "__main__":
    unittest.main()
