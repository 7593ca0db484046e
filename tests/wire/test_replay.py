"""`ebb replay`: what a run did, done again from its input log; whole, killed, cut, damaged, or none."""
import time
import unittest

import wire


class ReplayDemo(wire.WireTest):
    def setUp(self):
        super().setUp()
        self.data = self.folder / "demo"
        done = wire.run(["demo", "--seconds", "60", "--speed", "0", "--headless", "--json", "--data-dir", self.data])
        self.assertEqual(done.code, 0, done.err)
        self.demo = done.json()

    def replay(self, *arguments):
        return wire.run(["replay", self.data, *arguments])

    def segment(self):
        return sorted((self.data / "input").glob("*.log"))[-1]

    def test_every_command_is_identical(self):
        done = self.replay("--json")
        self.assertEqual(done.code, 0, done.err)
        result = done.json()
        self.assertTrue(result["identical"])
        self.assertGreater(result["commands_compared"], 100)
        self.assertEqual(result["commands_sha256"], self.demo["commands_sha256"])
        self.assertEqual(result["segments"][-1]["outcome"], "finished")

    def test_until_explains(self):
        first = wire.run(["replay", self.data, "--json"]).json()["segments"][0]["first"]
        later = first[:-5] + ".900Z"
        done = self.replay("--json", "--until", later)
        self.assertEqual(done.code, 0, done.err)
        self.assertGreaterEqual(len(done.json()["explain"]["tokens"]), 40)
        self.assert_refused(self.replay("--until", "yesterday"), 2, "--until", "yesterday")

    def test_cut(self):
        """As a crash leaves it: what was written is compared, and the end is named."""
        file = self.segment()
        with open(file, "r+b") as log:
            log.truncate(file.stat().st_size - 5000)
        done = self.replay("--json")
        self.assertEqual(done.code, 1, done.err)
        result = done.json()
        self.assertTrue(result["identical"] and result["truncated"])
        self.assertIn("ends in the middle", done.err)

    def test_damaged(self):
        file = self.segment()
        middle = file.stat().st_size // 2
        with open(file, "r+b") as log:
            log.seek(middle)
            byte = log.read(1)
            log.seek(middle)
            log.write(bytes([byte[0] ^ 0x55]))
        done = self.replay()
        self.assertEqual(done.code, 1, done.err)
        self.assertRegex(done.err, r"damaged at byte \d+")
        self.assertIn("--segment", done.err)

    def test_none(self):
        self.data = self.folder / "nowhere"
        refused = self.replay("--json")
        self.assert_refused(refused, 2, "nowhere", "data directory")
        self.assert_error_json(refused)


class ReplayLive(wire.WireTest):
    def test_killed_run(self):
        """kill -9 in the middle of trading: every command that the log still has is identical."""
        key = wire.test_key("replay killed")
        venue = self.exchange("--settlement", "0.05", seed=11)
        settings = self.config(venue)
        address = self.address_of(settings, key)
        trader = self.trader(settings, tokens=venue.tokens(), EBB_PRIVATE_KEY=key)
        end = time.monotonic() + 40
        while len(venue.account(address)["fills"]) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(2)  # the log hands a block over once a second
        trader.process.kill()
        trader.process.wait()
        done = wire.run(["replay", self.folder / "trader", "--json"])
        result = done.json()
        self.assertEqual([error["code"] for error in result["errors"]], ["input_log.truncated"])
        self.assertEqual(done.code, 1, done.err)  # the work ended in part
        self.assertTrue(result["identical"] and result["truncated"])
        self.assertGreater(result["commands_compared"], 3)
        self.assertGreater(result["events"]["by_type"]["market_frame"], 100)
        self.assertEqual(result["recorded"]["command"], "run")


if __name__ == "__main__":
    unittest.main()
