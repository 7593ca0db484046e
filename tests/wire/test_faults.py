"""Every fault of `ebb exchange --list-faults` while the trader trades over TLS: afterwards its account is the exchange's
to the last unit, no order was sent twice, no limit was passed, and the feed recovered in time."""
import re
import time
import unittest

import truth
import wire
from test_equality import FREEZE_BOUND, LiveRun

# One script for each fault, in seconds after the trader's first order. The windows end before the run does (SECONDS):
# what must be shown is the state after the fault, and that nothing wrong was done meanwhile.
SECONDS = 16
SCRIPTS = {
    "disconnect": "at 1 disconnect\nat 5 disconnect abrupt=0\nat 9 for 2 disconnect channel=market\n"
                  "at 13 disconnect channel=user",
    "freeze": "at 8 freeze channel=market",
    "freeze_user": "at 1 for 8 freeze channel=user",
    "lose": "at 1 for 12 lose share=0.05",
    "delay": "at 1 for 12 delay ms=400 jitter=300",
    "duplicate": "at 1 for 14 duplicate share=0.5",
    "reorder": "at 1 for 12 reorder share=0.3 ms=150",
    "permute": "at 0 permute seed=7",
    "timeout": "at 1 for 3 timeout path=orders ms=2000\nat 6 for 3 timeout path=cancels ms=2000\n"
               "at 10 for 2 timeout path=reads ms=2000",
    "timeout_unapplied": "at 1 for 4 timeout path=orders applied=0 ms=1500\nat 7 for 4 timeout path=all applied=0 ms=1500",
    "status_425": "at 1 for 4 status code=425 path=all",
    "status_429": "at 1 for 4 status code=429 path=orders retry_after=1\nat 8 for 3 status code=429 path=all retry_after=1",
    "status_500": "at 1 for 5 status code=500 path=orders applied=1\nat 8 for 3 status code=500 path=cancels",
    "status_503": "at 1 for 4 status code=503 path=orders\nat 7 for 3 status code=503 path=all body=html",
    "mode_post_only": "at 1 for 8 mode mode=post_only",
    "mode_cancel_only": "at 1 for 8 mode mode=cancel_only",
    "mode_disabled": "at 1 for 8 mode mode=disabled",
    "mode_restarting": "at 1 for 8 mode mode=restarting",
    "ghost_book": "at 1 for 12 ghost_book\nat 3 disconnect channel=market\nat 8 disconnect channel=market",
    "miss_user": "at 0 for 14 miss_user",
    "stale_positions": "at 2 for 13 stale_positions",
    "fail_settlement": "at 0 for 12 fail_settlement share=0.5",
    "leak": "at 0 leak",
    "false_matched": "at 1 for 8 false_matched share=0.5",
    "tick_change": "at 1 for 6 tick_change market=0 tick=0.001\nat 2 tick_change market=1 tick=0.001\n"
                   "at 4 tick_change market=2 tick=0.1",
    "resolve": "".join(f"at {4 + i // 2} resolve market={i} payout={'yes' if i % 3 else 'no'}\n" for i in range(16)),
    "resolve_half": "".join(f"at {4 + i // 2} resolve market={i} payout=half\n" for i in range(16)),
    "clock_skew": "at 1 for 12 clock_skew seconds=120",
    "slow": "at 1 for 12 slow ms=700 jitter=600",
}
RECONNECTS = {"disconnect": 3, "freeze": 1, "ghost_book": 2}  # at least so many trusted again in time
MIXTURE = """seed 11
at 2 disconnect
at 4 for 3 timeout path=orders ms=1500
at 8 for 10 duplicate share=0.3
at 9 for 5 miss_user share=0.7
at 12 for 2 status code=503 path=orders applied=1
at 16 for 3 mode mode=post_only
at 20 freeze channel=market
at 22 for 4 fail_settlement share=0.5
at 26 for 4 reorder share=0.3 ms=100
at 27 tick_change market=3 tick=0.001
at 29 disconnect channel=user
at 31 for 3 slow path=cancels ms=800
"""


class Faults(LiveRun):
    """One method for each script of SCRIPTS, made below."""

    def run_fault(self, name, equal=True, codes=(130,)):
        self.begin("--rate", "150")
        self.venue.fault(SCRIPTS[name])
        time.sleep(SECONDS)
        self.finish(equal=equal, codes=codes)
        if name in RECONNECTS:
            self.assert_trusted_in_time(RECONNECTS[name])

    def test_false_matched(self):
        """The venue claims matches that no trade explains: such an order never counts as ended, and is said to be so.
        Everything else is equal, money and shares above all."""
        self.run_fault("false_matched", equal=False, codes=(1, 130))
        left = [d for d in truth.differences(self.result, self.account)
                if not re.fullmatch(r"order 0x[0-9a-f]{64}: the trader says (LIVE|PARTIAL|UNKNOWN), the exchange CANCELED", d)
                and not d.startswith("the trader's account still reserves")]
        self.assertEqual(left, [])
        self.assertGreater(self.result["wire"]["left_on_book"], 0, "the fault did nothing")
        self.assertIn("stop.orders_left", [error["code"] for error in self.result["errors"]])

    def test_every_fault_is_covered(self):
        """The list of faults and the scripts above do not drift apart."""
        listed = {line.split()[0] for line in wire.run(["exchange", "--list-faults"]).out.splitlines()
                  if re.match(r"[a-z_]+(\s|$)", line) and not line.startswith("at ")}
        scripted = {word for script in SCRIPTS.values() for word in re.findall(r"^at \d+(?: for \d+)? (\w+)", script, re.M)}
        self.assertEqual(listed, scripted)


def add_method(name):
    setattr(Faults, "test_" + name, lambda self: self.run_fault(name))


for script_name in SCRIPTS:
    if not hasattr(Faults, "test_" + script_name):
        add_method(script_name)


class Freeze(LiveRun):
    """A socket that answers PING and brings nothing, seen from the exchange's side."""

    def detection_time(self, bound=15.0):
        """Freezes every market socket; seconds until the trader has left it."""
        before = set(self.venue.sockets())
        self.assertTrue(before)
        self.venue.fault("at 0 freeze channel=market")
        started = time.monotonic()
        while time.monotonic() - started < bound:
            sockets = self.venue.sockets()
            if before.isdisjoint(sockets) and sockets:
                return time.monotonic() - started
            time.sleep(0.02)
        self.fail(f"the freeze was not noticed in {bound} s")

    def test_noticed_in_time(self):
        self.begin("--rate", "150")
        time.sleep(6)
        times = [self.detection_time()]
        for _ in range(2):
            time.sleep(12)
            times.append(self.detection_time())
        time.sleep(2)
        self.finish()
        print("freeze noticed after", [f"{t:.2f} s" for t in times], flush=True)
        self.assertLess(max(times), FREEZE_BOUND)
        self.assertEqual(self.result["wire"]["frozen_sockets"], 3)
        self.assert_trusted_in_time(3)


class Mixtures(LiveRun):
    """Many faults in one run, under each rule for trades with oneself."""

    def run_mixture(self, rule):
        self.begin("--rate", "150", "--self-trade", rule)
        self.venue.fault(MIXTURE)
        time.sleep(38)
        self.finish()
        self.assert_trusted_in_time(2)

    def test_cancel_maker(self):
        self.run_mixture("cancel_maker")

    def test_skip(self):
        self.run_mixture("skip")

    def test_reject_taker(self):
        self.run_mixture("reject_taker")


if __name__ == "__main__":
    unittest.main()
