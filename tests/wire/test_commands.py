"""The commands that touch the wire, each as a user runs it against an exchange: doctor, keys derive, record and inspect,
paper on the public feed, the demo on the wire, and the trader on an exchange of its own."""
import json
import time
import unittest

import truth
import wire


class Commands(wire.WireTest):
    def setUp(self):
        super().setUp()
        self.venue = self.exchange("--settlement", "0.05", seed=9)
        self.file = self.config(self.venue)
        self.key = wire.test_key("commands")
        self.tokens_file = self.folder / "tokens.txt"
        self.tokens_file.write_text("\n".join(self.venue.tokens()) + "\n")

    def checks(self, **env):
        done = wire.run(["doctor", "--json", "--config", self.file, "--data-dir", self.folder / "data"], **env)
        self.assert_plain(done)
        return done, {check["name"]: check for check in done.json()["checks"]}

    def test_doctor_with_keys(self):
        done, checks = self.checks(EBB_PRIVATE_KEY=self.key)
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual({check["state"] for check in checks.values()}, {"ok"}, done.out)
        for name in ("configuration", "disk", "limits", "keys", "wallet", "geoblock", "version", "clock", "account", "cash",
                     "allowance/standard", "book"):
            self.assertIn(name, checks)
        self.assertIn("10000", checks["cash"]["text"])

    def test_doctor_without_keys(self):
        done, checks = self.checks()
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual(checks["keys"]["state"], "warning")
        self.assertIn("EBB_PRIVATE_KEY", checks["keys"]["hint"])
        self.assertEqual(checks["book"]["state"], "ok")
        self.assertEqual(checks["cash"]["state"], "warning")

    def test_doctor_says_how_to_mend(self):
        self.venue.fault("at 0 mode mode=disabled\nat 0 clock_skew seconds=900")
        done, checks = self.checks(EBB_PRIVATE_KEY=self.key)
        self.assertEqual(done.code, 1)
        failed = [check for check in checks.values() if check["state"] == "failed"]
        self.assertTrue(failed)
        self.assertTrue(all(check["hint"] for check in failed), failed)

    def test_keys_derive(self):
        """The same key each time; its three parts are what the venue takes."""
        first = wire.run(["keys", "derive", "--config", self.file, "--json"], EBB_PRIVATE_KEY=self.key)
        again = wire.run(["keys", "derive", "--config", self.file, "--json"], EBB_PRIVATE_KEY="0x" + self.key)
        self.assertEqual((first.code, again.code), (0, 0), first.err + again.err)
        one, two = first.json(), again.json()
        for document in (one, two):
            document.pop("wall_seconds")
            document.pop("created")
        self.assertEqual(one, two)
        text = wire.run(["keys", "derive", "--config", self.file], EBB_PRIVATE_KEY=self.key)
        pairs = dict(line.split("=", 1) for line in text.out.splitlines())
        self.assertEqual(pairs, {"EBB_API_KEY": one["api_key"], "EBB_API_SECRET": one["api_secret"],
                                 "EBB_API_PASSPHRASE": one["api_passphrase"]})
        done, checks = self.checks(EBB_PRIVATE_KEY=self.key, **pairs)
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual(checks["cash"]["state"], "ok")

    def test_record_and_inspect(self):
        """What is recorded is the stream, whole: every hash in it verifies."""
        folder = self.folder / "captures"
        done = wire.run(["record", "--tokens", self.tokens_file, "--out", folder, "--config", self.file, "--seconds", "4",
                         "--json"])
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.assertGreater(result["frames"], 100)
        self.assertEqual(result["files"], [str(path) for path in sorted(folder.iterdir())])
        seen = wire.run(["inspect", "--json", *result["files"]])
        self.assertEqual(seen.code, 0, seen.err)
        report = seen.json()
        self.assertEqual(report["frames"], result["frames"])
        self.assertEqual(report["tokens"], 40)
        self.assertEqual(report["hash"]["mismatched"], 0)
        self.assertEqual(report["hash"]["books_verified"], 40)
        self.assertGreater(report["hash"]["checked"], 100)
        self.assertEqual(report["hash"]["verified"], report["hash"]["checked"])
        self.assertEqual(report["skipped"]["total"], 0)

    def test_paper_on_the_public_feed(self):
        """No keys, no account, real frames: nothing is sent to the venue but questions."""
        done = wire.run(["run", "--headless", "--json", "--seconds", "8", "--config", self.file, "--tokens",
                         self.tokens_file, "--data-dir", self.folder / "data"])
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.assertEqual(result["wire"]["venue"], "paper")
        self.assertEqual(len(result["tokens_detail"]), 40)
        self.assertGreater(result["events"]["total"], 200)
        self.assertGreater(result["invariants"]["checked"], 0)
        self.assertEqual(result["invariants"]["violated"], 0, result["invariants"])
        self.assertEqual(result["feed"]["hash_mismatch"], 0)
        self.assertEqual(self.venue.sockets("user"), {})

    def test_paper_without_tokens(self):
        """Nobody names tokens: the busiest markets are looked at."""
        done = wire.run(["run", "--headless", "--json", "--seconds", "2", "--config", self.file, "--data-dir",
                         self.folder / "data"])
        self.assertEqual(done.code, 0, done.err)
        self.assertGreater(done.json()["tokens"], 0)

    def test_paper_stopped(self):
        running = self.trader(self.file, venue="paper", tokens=self.venue.tokens())
        time.sleep(2)
        self.assertEqual(json.loads((running.folder / "run.json").read_text())["pid"], running.process.pid)
        done = running.stop()
        self.assertEqual(done.code, 130, done.err)
        self.assertFalse((running.folder / "run.json").exists())
        self.assertEqual(done.json()["invariants"]["violated"], 0)

    def test_demo_on_the_wire(self):
        done = wire.run(["demo", "--wire", "--seconds", "10", "--headless", "--json", "--verbose", "--data-dir",
                         self.folder / "data"], timeout=120)
        self.assert_plain(done)
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.assertEqual(result["command"], "demo")
        self.assertGreater(result["invariants"]["checked"], 0)
        self.assertEqual(result["invariants"]["violated"], 0, result["invariants"])
        self.assertGreater(result["fills"], 0)
        self.assertEqual(truth.overlapping_orders(result), [])

    def test_embedded(self):
        done = wire.run(["run", "--venue", "embedded", "--seconds", "10", "--headless", "--json", "--config", self.file,
                         "--data-dir", self.folder / "data"], timeout=120)
        self.assert_plain(done)
        self.assertEqual(done.code, 0, done.err)
        self.assertEqual(done.json()["wire"]["venue"], "embedded")
        self.assertEqual(done.json()["invariants"]["violated"], 0)

    def test_second_interrupt(self):
        """The second SIGINT stops at once."""
        running = self.trader(self.file, tokens=self.venue.tokens(), EBB_PRIVATE_KEY=self.key)
        time.sleep(2)
        running.process.send_signal(2)
        time.sleep(0.2)
        running.process.send_signal(2)
        done = running.wait(3)
        self.assertIn(done.code, (130, -2))


if __name__ == "__main__":
    unittest.main()
