"""Bad input at program level: each test asserts the exit code of the command line's contract, a message that says what
is wrong, where, and how to mend it, no crash, and an end in bounded time."""
import os
import socket
import unittest

import stubs
import wire

SECONDS = "3"
# A whole HTTP answer may take 15 s, a key's derivation tries three times.
PATIENCE = 45.0


class BadInput(wire.WireTest):
    def setUp(self):
        super().setUp()
        self.servers = []
        self.key = wire.test_key("bad input")

    def tearDown(self):
        for server in self.servers:
            server.close()
        super().tearDown()

    def stub(self, *arguments):
        server = stubs.Stub(*arguments)
        self.servers.append(server)
        return server

    def mute(self):
        server = stubs.Mute()
        self.servers.append(server)
        return server

    def open_exchange(self, *arguments, tls=False, **options):
        self.venue = self.exchange(*arguments, tls=tls, **options)
        self.tokens_file = self.folder / "tokens.txt"
        self.tokens_file.write_text("\n".join(self.venue.tokens()) + "\n")

    def run_with(self, *command, key=None, config=None, timeout=120.0, env=None, **venue):
        file = config or self.config(self.venue, **venue)
        extra = dict(env or {})
        if key:
            extra["EBB_PRIVATE_KEY"] = key
        return wire.run([*command, "--config", file, "--data-dir", self.folder / "data"], timeout=timeout, **extra)

    def paper(self, **options):
        return self.run_with("run", "--headless", "--json", "--seconds", SECONDS, "--tokens", self.tokens_file, **options)

    def live(self, **options):
        options.setdefault("key", self.key)
        return self.run_with("run", "--venue", "live", "--yes-live", "--headless", "--json", "--seconds", SECONDS,
                             "--tokens", self.tokens_file, **options)

    def doctor(self, **options):
        return self.run_with("doctor", "--json", **options)

    def refuse(self, finished, code, *words, bound=20.0):
        self.assert_refused(finished, code, *words, bound=bound)
        return self.assert_error_json(finished)


class Ports(BadInput):
    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            for command in (["exchange", "--port", port], ["exchange", "--port", port, "--tls"],
                            ["demo", "--wire", "--port", port, "--seconds", "2", "--headless"]):
                with self.subTest(command=command):
                    done = wire.run([*command, "--data-dir", self.folder / "data", "--json"])
                    self.refuse(done, 1, port)

    def test_no_port(self):
        self.assert_refused(wire.run(["exchange", "--port", "70000"]), 2, "port")

    def test_bad_fault_script(self):
        script = self.folder / "faults.txt"
        for text, word in (("at 1 explode", "explode"), ("freeze", "line 1"), ("at 1 for x delay", "line 1"),
                           ("# fine\nat 2 status code=9", "line 2")):
            with self.subTest(text=text):
                script.write_text(text + "\n")
                self.assert_refused(wire.run(["exchange", "--port", "0", "--fault", script]), 2, word)
        self.assert_refused(wire.run(["exchange", "--port", "0", "--fault", self.folder / "none"]), 2, "none")

    def test_unknown_token_for_shares(self):
        self.assert_refused(wire.run(["exchange", "--port", "0", "--shares", "12345=10"]), 2, "12345")


class Certificates(BadInput):
    def test_wrong_authority(self):
        self.open_exchange(tls=True)
        for trade in (self.paper, self.live):
            with self.subTest(trade.__name__):
                done = trade(ca_file=stubs.AUTHORITY)
                self.refuse(done, 1, "certificate", "refused", str(self.venue.port), stubs.AUTHORITY)
        done = self.doctor(ca_file=stubs.AUTHORITY)
        self.refuse(done, 1, "certificate", stubs.AUTHORITY)

    def test_the_systems_authorities_do_not_know_it(self):
        self.open_exchange(tls=True)
        self.refuse(self.paper(ca_file=""), 1, "certificate", "authority")

    def test_expired(self):
        self.open_exchange()
        server = self.stub(stubs.forbidden, "expired.pem")
        self.refuse(self.paper(gamma=server.url, ca_file=stubs.AUTHORITY), 1, "expired", "clock", str(server.port))
        self.assertEqual(server.requests, [], "a request went to a server whose certificate has expired")

    def test_expired_on_the_socket(self):
        """The feed's WebSocket is as strict: the run ends orderly, without one trusted book."""
        self.open_exchange()
        server = self.stub(stubs.forbidden, "expired.pem")
        done = self.paper(ws_market=server.socket_url + "/ws/market", ca_file=stubs.AUTHORITY)
        self.assert_plain(done)
        self.assertIn(done.code, (0, 1))
        self.assertEqual(server.requests, [])

    def test_no_authority_file(self):
        self.open_exchange(tls=True)
        self.refuse(self.paper(ca_file="/nowhere/ca.pem"), 2, "/nowhere/ca.pem")
        page = self.folder / "page.pem"
        page.write_text("<html>no certificate</html>")
        self.refuse(self.paper(ca_file=str(page)), 2, str(page))


class Hosts(BadInput):
    def setUp(self):
        super().setUp()
        self.open_exchange()

    def test_closed_port(self):
        port = stubs.closed_port()
        url = f"http://127.0.0.1:{port}"
        self.refuse(self.paper(gamma=url), 1, "refused", str(port))
        self.refuse(self.live(clob_rest=url), 3, str(port), bound=PATIENCE)
        self.refuse(self.doctor(clob_rest=url), 1, str(port), bound=PATIENCE)

    def test_name_without_address(self):
        self.refuse(self.paper(gamma="https://ebb-test.invalid"), 1, "ebb-test.invalid", "dns")

    def test_unreachable_feed(self):
        """Books that never come: the run ends in time, says so, and trades nothing."""
        done = self.paper(ws_market=f"ws://127.0.0.1:{stubs.closed_port()}/ws/market")
        self.assert_plain(done)
        self.assertEqual(done.json()["fills"], 0)
        self.assertEqual(done.json()["orders"]["placed"], 0)
        self.assertLess(done.seconds, 20)

    def test_half_open(self):
        """Accepts and never answers, at each of the addresses."""
        plain = f"http://127.0.0.1:{self.mute().port}"
        self.refuse(self.paper(gamma=plain), 1, plain[7:], bound=PATIENCE)
        self.refuse(self.live(clob_rest=plain.replace("http", "https")), 3, "TLS handshake", bound=PATIENCE)
        self.refuse(self.live(geoblock=plain), 3, "geoblock", bound=PATIENCE)

    def test_half_open_feed(self):
        done = self.paper(ws_market=f"ws://127.0.0.1:{self.mute().port}/ws/market")
        self.assert_plain(done)
        self.assertEqual(done.json()["fills"], 0)
        self.assertLess(done.seconds, 20)

    def test_plain_text_to_public_hosts(self):
        """TLS cannot be left out anywhere but on loopback, and no certificate can be waved through."""
        for key, url in (("clob_rest", "http://clob.polymarket.com"), ("gamma", "http://gamma-api.polymarket.com"),
                         ("data", "http://data-api.polymarket.com"), ("geoblock", "http://polymarket.com/api/geoblock"),
                         ("ws_market", "ws://ws-subscriptions-clob.polymarket.com/ws/market"),
                         ("ws_user", "ws://ws-subscriptions-clob.polymarket.com/ws/user"),
                         ("clob_rest", "http://192.168.1.5:80"), ("clob_rest", "http://127.0.0.1.example.com"),
                         ("clob_rest", "http://127.0.0.1@example.com"), ("clob_rest", "http://localhost.example.com")):
            with self.subTest(key=key, url=url):
                self.refuse(self.paper(**{key: url}), 2, f"[venue] {key}")
        self.refuse(self.paper(clob_rest="http://clob.polymarket.com"), 2, "https://")
        self.refuse(self.paper(clob_rest="ftp://clob.polymarket.com"), 2, "clob_rest", "https://")
        for line in ('verify = false', 'insecure = true', 'tls = false', 'verify_tls = "no"'):
            file = self.config(self.venue)
            text = open(file, encoding="ascii").read().replace("[venue]\n", "[venue]\n" + line + "\n")
            open(file, "w", encoding="ascii").write(text)
            self.refuse(self.paper(config=file), 2, line.split()[0])


class Answers(BadInput):
    """Answers that are not what they should be, at every address that is asked."""

    def setUp(self):
        super().setUp()
        self.open_exchange()

    def test_metadata(self):
        for answer in (stubs.forbidden, stubs.html_ok, stubs.cut, stubs.oversized, stubs.endless_claim, stubs.numbers,
                       stubs.deep, stubs.not_utf8, stubs.empty):
            with self.subTest(answer.__name__):
                server = self.stub(answer)
                self.refuse(self.paper(gamma=server.url), 1, bound=PATIENCE)
        for answer in (stubs.wrong_types, stubs.wrong_object):
            with self.subTest(answer.__name__):
                self.assertIn(self.paper(gamma=self.stub(answer).url).code, (1, 2))

    def test_page_instead_of_json(self):
        """A 403 page is called what it is, and says where it came from."""
        server = self.stub(stubs.forbidden)
        self.refuse(self.paper(gamma=server.url), 1, "403", "gamma", "proxy")
        self.refuse(self.live(clob_rest=server.url), 3, "403")
        self.refuse(self.live(geoblock=server.url), 3, "geoblock")
        self.refuse(self.doctor(clob_rest=server.url), 1, "403")

    def test_keys(self):
        for answer in (stubs.html_ok, stubs.cut, stubs.oversized, stubs.wrong_types, stubs.wrong_object, stubs.deep,
                       stubs.not_utf8, stubs.empty):
            with self.subTest(answer.__name__):
                done = self.run_with("keys", "derive", "--json", key=self.key, clob_rest=self.stub(answer).url)
                self.refuse(done, 1, bound=PATIENCE)
                self.assertNotIn(self.key, done.text())

    def passing(self, beginning, answer):
        """The exchange, but for paths that begin so."""
        return self.stub(stubs.passing_on(self.venue.ready["rest"], {beginning: answer})).url

    def test_preflight(self):
        """Balance, allowance, version and mode answers that make no sense: no order leaves."""
        for beginning in ("/balance-allowance", "/version", "/auth/ban-status/closed-only", "/time"):
            for answer in (stubs.wrong_types, stubs.html_ok, stubs.empty):
                with self.subTest(path=beginning, answer=answer.__name__):
                    done = self.live(clob_rest=self.passing(beginning, answer))
                    self.assert_plain(done)
                    self.assertIn(done.code, (0, 3), done.err)
                    if done.code == 3:
                        self.assert_error_json(done)

    def test_blocked_region(self):
        blocked = stubs.Answer(b'{"blocked": true, "ip": "1.2.3.4", "country": "XX", "region": ""}')
        server = self.stub(lambda _path: blocked)
        self.refuse(self.live(geoblock=server.url), 3)
        for answer in (stubs.wrong_types, stubs.cut, stubs.empty):
            with self.subTest(answer.__name__):
                self.refuse(self.live(geoblock=self.stub(answer).url), 3, "geoblock", bound=PATIENCE)

    def test_books(self):
        """REST books that lie, lack or burst: the stream's books stay, nothing crashes."""
        for answer in (stubs.wrong_types, stubs.oversized, stubs.cut, stubs.forbidden, stubs.deep):
            with self.subTest(answer.__name__):
                done = self.paper(clob_rest=self.passing("/book", answer))
                self.assert_plain(done)
                self.assertEqual(done.code, 0, done.err)
                self.assertEqual(done.json()["invariants"]["violated"], 0)

    def test_order_answers(self):
        """The venue's answers to orders are nonsense: outcomes are unknown, and are asked for."""
        for answer in (stubs.wrong_types, stubs.html_ok, stubs.cut, stubs.not_utf8):
            with self.subTest(answer.__name__):
                seen = []

                def nonsense(path, answer=answer, seen=seen):
                    seen.append(path)
                    return answer(path)

                done = self.run_with("run", "--venue", "live", "--yes-live", "--headless", "--json", "--seconds", "6",
                                     "--tokens", self.tokens_file, key=self.key,
                                     clob_rest=self.passing("/order", nonsense))
                self.assert_plain(done)
                self.assertIn(done.code, (0, 1), done.err)
                self.assertTrue(seen)
                result = done.json()
                self.assertEqual(result["fills"], 0)
                self.assertEqual(result["alerts"]["ledger_refusals"], 0)

    def test_socket_refused_with_a_page(self):
        done = self.paper(ws_market=self.stub(stubs.forbidden).socket_url + "/ws/market")
        self.assert_plain(done)
        self.assertEqual(done.json()["fills"], 0)


class Clock(BadInput):
    def test_ten_minutes_off(self):
        """The venue's clock is ten minutes ahead: said as such; live trading refuses."""
        self.open_exchange(faults="at 0 clock_skew seconds=600\n")
        done = self.doctor(key=self.key)
        self.refuse(done, 1, "this clock is", "behind", "timedatectl")
        self.refuse(self.live(), 3, "clock", bound=PATIENCE)

    def test_ten_minutes_behind(self):
        self.open_exchange(faults="at 0 clock_skew seconds=-600\n")
        self.refuse(self.live(), 3, "clock", bound=PATIENCE)


class Keys(BadInput):
    def setUp(self):
        super().setUp()
        self.open_exchange()

    def test_live_needs_the_word(self):
        done = self.run_with("run", "--venue", "live", "--json", "--headless", "--tokens", self.tokens_file,
                             key=self.key)
        self.refuse(done, 3, "--yes-live")

    def test_live_needs_keys(self):
        self.refuse(self.live(key=""), 3, "EBB_PRIVATE_KEY")

    def test_wrong_keys(self):
        curve_order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        for key in ("not hex at all", "zz" * 32, "ab" * 31, "ab" * 33, "0" * 64, curve_order, "0x" + "12" * 31):
            with self.subTest(key=key):
                done = self.live(key=key)
                self.refuse(done, 3, "private key")
                if len(key) > 20:
                    self.assertNotIn(key, done.text())
                self.refuse(self.run_with("keys", "derive", "--json", key=key), 2, "private key")
                self.refuse(self.doctor(key=key), 1, "private key")

    def test_wallet_type_does_not_fit(self):
        own = "0x" + "11" * 20
        for env, word in (({"EBB_SIGNATURE_TYPE": "7"}, "EBB_SIGNATURE_TYPE"),
                          ({"EBB_SIGNATURE_TYPE": "x"}, "EBB_SIGNATURE_TYPE"),
                          ({"EBB_SIGNATURE_TYPE": "1"}, "EBB_FUNDER"), ({"EBB_SIGNATURE_TYPE": "2"}, "EBB_FUNDER"),
                          ({"EBB_SIGNATURE_TYPE": "0", "EBB_FUNDER": own}, "EBB_SIGNATURE_TYPE"),
                          ({"EBB_SIGNATURE_TYPE": "2", "EBB_FUNDER": "0x1234"}, "EBB_FUNDER")):
            with self.subTest(env=env):
                self.refuse(self.live(env=env), 3, word)

    def test_half_of_the_api_key(self):
        self.refuse(self.live(env={"EBB_API_KEY": "b0e2dc30-0000-4000-8000-000000000000"}), 3, "EBB_API_SECRET")

    def test_api_key_of_somebody_else(self):
        """Refused by the venue: no order leaves, and the message says how to get the right key."""
        env = {"EBB_API_KEY": "b0e2dc30-0000-4000-8000-000000000000",
               "EBB_API_SECRET": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "EBB_API_PASSPHRASE": "ab" * 32}
        done = self.live(env=env)
        self.refuse(done, 3)
        for secret in (env["EBB_API_SECRET"], env["EBB_API_PASSPHRASE"]):
            self.assertNotIn(secret, done.text())
        self.assertIn("keys derive", done.text())

    def test_key_file(self):
        file = self.folder / "keys.env"
        file.write_text(f"EBB_PRIVATE_KEY={self.key}\n")
        for mode in (0o640, 0o644, 0o660, 0o604, 0o610):
            with self.subTest(mode=oct(mode)):
                os.chmod(file, mode)
                for command in (["run", "--venue", "live", "--yes-live", "--headless", "--json", "--tokens",
                                 self.tokens_file], ["keys", "derive", "--json"], ["doctor", "--json"]):
                    done = self.run_with(*command, key_file=str(file))
                    self.assertIn(done.code, (2, 3), done.text())
                    self.refuse(done, done.code, "chmod 600", str(file))
        os.chmod(file, 0o600)
        self.assertEqual(self.run_with("keys", "derive", key_file=str(file)).code, 0)
        self.assertIn(self.run_with("keys", "derive", "--json", key_file=str(self.folder / "none")).code, (2, 3))


class Tokens(BadInput):
    def setUp(self):
        super().setUp()
        self.open_exchange()

    def tokens(self, text):
        self.tokens_file.write_text(text)

    def test_unknown_token(self):
        stranger = "71321045679252212594626385532706912750332728571942532289631379312455583992563"
        self.tokens(self.venue.tokens()[0] + f"\n{stranger}\n")
        self.refuse(self.paper(), 2, stranger)
        self.refuse(self.live(), 2, stranger)

    def test_no_tokens(self):
        self.tokens("# nothing\n")
        self.assertEqual(self.live().code, 2)
        done = self.run_with("run", "--venue", "live", "--yes-live", "--headless", "--json", key=self.key)
        self.refuse(done, 2, "--tokens")

    def test_not_a_token(self):
        self.tokens("12345\nYES\n")
        self.refuse(self.paper(), 2, "2")

    def test_no_file(self):
        self.tokens_file = self.folder / "nowhere.txt"
        self.refuse(self.paper(), 2, "nowhere.txt")

    def test_half_of_the_token_is_a_page(self):
        self.tokens_file.write_bytes(b"\xff\xfe<html>\n")
        self.refuse(self.paper(), 2)


if __name__ == "__main__":
    unittest.main()
