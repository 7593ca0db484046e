"""What a trader leaves behind when it is killed, and what the next start makes of it. Hundreds of kills: ebb-crashtest."""
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time
import unittest

import truth
import wire


class Restart(wire.WireTest):
    def begin(self, name, **options):
        self.key = wire.test_key("restart " + name)
        self.venue = self.exchange("--settlement", "0.05", seed=11, **options)
        self.settings = self.config(self.venue)
        self.address = self.address_of(self.settings, self.key)

    def life(self, *arguments, tokens=None, **extra):
        return self.trader(self.settings, *arguments, tokens=tokens or self.venue.tokens(), EBB_PRIVATE_KEY=self.key,
                           **extra)

    @property
    def data(self):
        return self.folder / "trader"

    def wait_for(self, condition, what, bound=30.0):
        end = time.monotonic() + bound
        while time.monotonic() < end:
            if condition():
                return
            time.sleep(0.05)
        self.fail(f"{what} did not happen in {bound} s:\n" + (self.data / "run.err").read_text()[-2000:])

    def trades(self, fills=1):
        return lambda: len(self.venue.account(self.address)["fills"]) >= fills

    def kill(self, trader):
        trader.process.send_signal(signal.SIGKILL)
        trader.process.wait()

    def rows(self, statement):
        db = sqlite3.connect(f"file:{self.data / 'journal.db'}?mode=ro", uri=True)
        try:
            return db.execute(statement).fetchall()
        finally:
            db.close()

    def test_cash_and_positions_go_on(self):
        """kill -9 twice; after the orderly end the result of the last life is the account's, to the unit."""
        self.begin("goes on")
        for fills in (2, 4):
            running = self.life()
            self.wait_for(self.trades(fills), f"{fills} fills")
            self.kill(running)
        running = self.life()
        time.sleep(4)
        finished = running.stop()
        self.assertEqual(finished.code, 130, finished.err)
        self.assertIn("was cut off", finished.err)
        result, account = finished.json(), truth.settled_account(self.venue, self.address)
        self.assertEqual(wire.number(result["account"]["cash"]), wire.number(account["cash"]))
        self.assertEqual(truth.positions_of(result["positions"]), truth.positions_of(account["positions"]))
        self.assertEqual(account["open_orders"], [])
        self.assertEqual(account["violations"], [])
        # PnL began with the first life: cash and marked positions against what was deposited.
        self.assertEqual(result["fills"], len(account["fills"]))

    def test_sqlite_reads_while_it_runs(self):
        self.begin("sqlite")
        running = self.life()
        self.wait_for(self.trades(), "a fill")
        self.wait_for(lambda: self.rows("SELECT COUNT(*) FROM v_fills")[0][0] > 0, "a fill in the journal")
        tool = shutil.which("sqlite3")
        if tool:
            done = subprocess.run([tool, "-readonly", str(self.data / "journal.db"),
                                   "SELECT side, price, size, state FROM v_orders; SELECT * FROM v_runs;"],
                                  capture_output=True, text=True, timeout=20, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("BUY|", done.stdout)
            self.assertIn(self.address.lower(), done.stdout.lower())
        at_venue = {order["id"] for order in self.venue.account(self.address)["orders"]}
        self.assertLessEqual(at_venue, {row[0] for row in self.rows("SELECT order_id FROM v_orders")})
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(running.stop().code, 130)
        self.assertEqual(self.rows("SELECT ending FROM v_runs"), [("IN_ORDER",)])

    def assert_lost(self, what, *words):
        """Refused with a message and a way out; accepted it starts, and says what is missing."""
        finished = self.life("--seconds", "1").wait(30)
        self.assert_refused(finished, 3, "--accept-lost-journal", *words)
        self.assertEqual(len(list(self.data.glob("*.damaged-*"))), 0, f"{what}: something was moved without a word")
        accepted = self.life("--seconds", "3", "--accept-lost-journal").wait(90)
        self.assertIn(accepted.code, (0, 1), accepted.err)
        self.assertRegex(accepted.err, "was set aside as|is gone|its end is lost")
        again = self.life("--seconds", "1").wait(90)
        self.assertIn(again.code, (0, 1), again.err)

    def killed_while_trading(self, name):
        self.begin(name)
        running = self.life()
        self.wait_for(self.trades(), "a fill")
        self.kill(running)

    def test_damaged_journal(self):
        self.killed_while_trading("damaged")
        for name in ("journal.db-wal", "journal.db-shm"):
            (self.data / name).unlink(missing_ok=True)
        with open(self.data / "journal.db", "r+b") as file:
            file.seek(4096)
            file.write(os.urandom(3 * 4096))
        self.assert_lost("damage", "journal.db")

    def test_truncated_journal(self):
        self.killed_while_trading("truncated")
        (self.data / "journal.db-wal").unlink(missing_ok=True)
        self.assert_lost("a removed write-ahead log", "journal.db")

    def test_journal_gone(self):
        self.killed_while_trading("gone")
        for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (self.data / name).unlink(missing_ok=True)
        self.assert_lost("a removed journal", "journal.db")

    def test_intents_gone(self):
        self.killed_while_trading("intents gone")
        (self.data / "intents.log").unlink()
        self.assert_lost("removed intents", "intents.log")

    def test_one_trader_at_a_time(self):
        """The second one is refused, by the directory and by the wallet; both name the first one's pid."""
        self.begin("twice")
        running = self.life()
        self.wait_for(lambda: (self.data / "run.json").exists(), "the start")
        pid = str(running.process.pid)
        tokens = self.folder / "tokens.txt"
        tokens.write_text("\n".join(self.venue.tokens()) + "\n")
        command = ["run", "--venue", "live", "--yes-live", "--headless", "--config", self.settings, "--tokens", tokens,
                   "--json"]
        for directory, word in ((self.data, "data directory"), (self.folder / "other", "wallet")):
            refused = wire.run([*command, "--data-dir", directory], EBB_PRIVATE_KEY=self.key)
            self.assert_refused(refused, 3, pid, word)
            self.assert_error_json(refused)
        running.stop()

    def test_paper_goes_on(self):
        """The paper venue dies with its process; its ledger does not."""
        self.begin("paper")
        running = self.life(venue="paper")
        self.wait_for(lambda: (self.data / "journal.db").exists()
                      and self.rows("SELECT COUNT(*) FROM v_fills")[0][0] > 1, "a fill on paper", bound=60)
        self.kill(running)
        fills = self.rows("SELECT COUNT(*) FROM v_fills")[0][0]
        finished = self.life("--seconds", "5", venue="paper").wait(90)
        self.assertEqual(finished.code, 0, finished.text())
        self.assertIn("was cut off", finished.err)
        self.assertGreaterEqual(finished.json()["fills"], fills)
        self.assertEqual(self.rows("SELECT COUNT(*) FROM v_orders WHERE terminal = 0"), [(0,)])


if __name__ == "__main__":
    unittest.main()
