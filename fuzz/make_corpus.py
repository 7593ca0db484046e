#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: small texts of our own making, one for each shape that a parser knows.

    fuzz/make_corpus.py            writes fuzz/corpus/NAME/*; run it again after adding a seed here
"""
import json
import pathlib
import struct

CORPUS = pathlib.Path(__file__).parent / "corpus"
CONDITION = "0x" + "c1" * 32
ORDER = "0x" + "ab" * 32
OTHER = "0x" + "cd" * 32
TRADE = "11111111-2222-3333-4444-555555555555"
KEY = "0x" + "1" * 64
ADDRESS = "0x" + "1" * 40


def text(value) -> bytes:
    return value.encode() if isinstance(value, str) else value


def dumps(value) -> str:
    return json.dumps(value, separators=(",", ":"))


def open_order(**changes):
    order = {"id": ORDER, "status": "LIVE", "owner": "our-key", "maker_address": ADDRESS, "market": CONDITION, "asset_id": "111",
             "side": "BUY", "original_size": "10", "size_matched": "2.5", "price": "0.45", "outcome": "Yes", "type": "GTC",
             "expiration": "0", "created_at": 1790000000, "associate_trades": [TRADE]}
    return order | changes


def trade(**changes):
    row = {"id": TRADE, "taker_order_id": OTHER, "market": CONDITION, "asset_id": "111", "side": "BUY", "size": "4", "price": "0.45",
           "fee_rate_bps": "0", "status": "CONFIRMED", "match_time": "1790000000", "last_update": "1790000005", "owner": "them",
           "trader_side": "MAKER", "transaction_hash": "0xfeed",
           "maker_orders": [{"order_id": ORDER, "owner": "our-key", "maker_address": ADDRESS, "matched_amount": "4", "price": "0.45",
                             "asset_id": "111", "side": "BUY", "fee_rate_bps": "0"}]}
    return row | changes


REST = {
    "place_live": dumps({"success": True, "errorMsg": "", "orderID": ORDER, "status": "live", "makingAmount": "", "takingAmount": ""}),
    "place_matched": dumps({"success": True, "errorMsg": "", "orderID": ORDER, "status": "matched", "makingAmount": "2.25",
                            "takingAmount": "5", "transactionsHashes": ["0xfeed"]}),
    "place_matched_micros": dumps({"success": True, "orderID": ORDER, "status": "matched", "makingAmount": "2250000",
                                   "takingAmount": "5000000"}),
    "place_delayed": dumps({"success": True, "errorMsg": "", "orderID": ORDER, "status": "delayed"}),
    "place_false_success": dumps({"success": True, "errorMsg": "not enough balance / allowance", "orderID": "", "status": ""}),
    "place_batch": dumps([{"success": True, "orderID": ORDER, "status": "live", "errorMsg": ""},
                          {"success": False, "errorMsg": "order 0xab is invalid. Duplicated.", "orderID": ""}, None, 7]),
    "cancel": dumps({"canceled": [ORDER], "not_canceled": {OTHER: "order can't be found - already canceled or matched"}}),
    "cancel_null": dumps({"canceled": None, "not_canceled": {}}),
    "order": dumps(open_order()),
    "order_null": "null",
    "order_words": dumps(open_order(status="ORDER_STATUS_CANCELED_MARKET_RESOLVED", size_matched=2.5, original_size=None)),
    "orders_page": dumps({"limit": 100, "count": 2, "next_cursor": "LTE=", "data": [open_order(), open_order(id=OTHER, side="sell")]}),
    "orders_more": dumps({"next_cursor": "MTAw", "data": [open_order(asset_id="999"), 3, {}]}),
    "trades_page": dumps({"limit": 100, "count": 1, "next_cursor": "LTE=", "data": [trade()]}),
    "trades_taker": dumps({"next_cursor": None, "data": [trade(trader_side="TAKER", owner="our-key", taker_order_id=ORDER, maker_orders=[])]}),
    "balance": dumps({"balance": "12500000", "allowances": {ADDRESS: "115792089237316195423570985008687907853269984665640564039457584007913129639935"}}),
    "balance_old": dumps({"balance": "12.5", "allowance": "0"}),
    "keys": dumps({"apiKey": TRADE, "secret": "c2VjcmV0", "passphrase": "pass"}),
    "closed_only": dumps({"closed_only": False}),
    "heartbeat": dumps({"heartbeat_id": TRADE, "error": "Invalid Heartbeat ID"}),
    "error_balance": dumps({"error": "not enough balance / allowance: the balance is not enough -> balance: 100, sum of active orders: 60, "
                                     "sum of matched orders: 30, order amount: 50"}),
    "error_rate": dumps({"error": "Too Many Requests", "code": "rate", "retry_after_seconds": 3}),
    "error_mode": dumps({"error": "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."}),
    "html": "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>",
    "book": dumps({"market": CONDITION, "asset_id": "111", "timestamp": "1790000000123", "hash": "ab" * 20,
                   "bids": [{"price": "0.01", "size": "7"}, {"price": "0.44", "size": "31045290.25"}],
                   "asks": [{"price": "0.99", "size": "7"}, {"price": "0.46", "size": "0.01"}], "min_order_size": "5",
                   "tick_size": "0.01", "neg_risk": False, "last_trade_price": "0.45"}),
    "books": dumps([{"market": CONDITION, "asset_id": "222", "timestamp": "1790000000123", "hash": "", "bids": [], "asks": [],
                     "min_order_size": "5", "tick_size": "0.001", "neg_risk": True, "last_trade_price": ""}, {"asset_id": "111"}]),
    "prices": dumps({"111": {"BUY": "0.44", "SELL": 0.46}, "222": {"BUY": 0.54}}),
    "price": dumps({"price": 0.45}),
    "midpoint": dumps({"mid": "0.4505", "mid_price": "0.4505"}),
    "version": dumps({"version": 2}),
    "time": "1790000000",
    "geoblock": dumps({"blocked": False, "ip": "203.0.113.9", "country": "PT", "region": "11"}),
    "gamma": dumps([{"id": "7", "conditionId": CONDITION, "slug": "btc-updown-5m-1790000000", "question": "Up?", "version": "v1",
                     "outcomes": "[\"Up\", \"Down\"]", "clobTokenIds": "[\"123456789012345678901234567890\", \"22\"]",
                     "orderPriceMinTickSize": 0.01, "orderMinSize": 5, "negRisk": True, "active": True, "closed": False,
                     "acceptingOrders": True, "enableOrderBook": True, "endDate": "2026-03-12T09:25:00Z", "feesEnabled": True,
                     "feeSchedule": {"rate": 0.07, "exponent": 1, "takerOnly": True}, "events": [{"id": "1"}]}]),
    "gamma_bad": dumps({"data": [{"id": 8, "conditionId": "0x" + "c1" * 31, "outcomes": ["Yes"], "clobTokenIds": None}]}),
    "clob_market": dumps({"c": CONDITION, "t": [{"t": "1", "o": "Yes"}, {"t": "2", "o": "No"}], "mts": 0.001, "mos": 5, "ao": True, "nr": True,
                          "fd": {"r": 0.05, "e": 1, "to": True}, "v": "v1", "sd": 3, "itode": True, "cbos": True}),
    "by_token": dumps({"condition_id": CONDITION, "primary_token_id": "1", "secondary_token_id": "2"}),
    "positions": dumps({"data": [{"token_id": "111", "condition_id": CONDITION, "current_size": 150.5, "avg_price": 0.43999999811260054,
                                  "status": "OPEN", "redeemable": True, "mergeable": False, "negative_risk": False}],
                        "pagination": {"has_more": True, "next_cursor": "abc"}}),
    "activity": dumps({"data": [{"type": "TRADE", "token_id": "111", "condition_id": CONDITION, "side": "SELL", "size": 3, "price": 0.45,
                                 "timestamp": 1790000000, "transaction_hash": "0xfeed", "outcome_index": 1},
                                {"type": "REDEEM", "condition_id": CONDITION, "size": 1e-7, "timestamp": 1790000000, "outcome_index": 999}],
                       "pagination": {"has_more": False}}),
    "resolutions": dumps({"data": [{"condition_id": CONDITION, "payouts": [500000, 500000]}], "pagination": {"has_more": False}}),
    "data_error": dumps({"error": {"code": "RATE", "message": "slow down", "retryable": True}}),
}

CONFIG = {
    "every_section": """[venue]
clob_rest = "https://127.0.0.1:1234"
ws_market = "ws://localhost/ws/market"
ca_file = ""
[wallet]
builder_code = ""
key_file = "/keys"
[risk]
per_order = 10
per_token = "15.50"
total = 200.0
open_orders = 100
stop_on_daily_loss = true
[feed]
soft_stale_after_ms = 15000
link_stale_ms = 30000
assets_per_connection = 200
twin = false
[execution]
sell_after = "mined"
stop_policy = "keep_sells"
heartbeat = true
spin_ms = 5
""",
    "tiers": """[tiers]
order = ["mine", "fast"]
[tiers.mine]
base = "default"
enabled = true
window = "1h30m"
drop_pct = 2.5
min_buy_price = 0.05
max_buy_price = 0.95
order_size = 20
size_mode = "target"
sell_mode = "aggressive"
requote_min_ticks = 1
max_chase_ticks = -1
market_end_action = "hold"
[tiers.mine.match]
min_tick = 0.001
max_tick = 0.1
min_updates_per_minute = 1.5e2
min_life = "0"
max_life = "unlimited"
[tiers.fast]
enabled = true
""",
    "tokens": """[tokens.123]
trade = false
[tokens."456"]
tier = "fast"
order_size = "7.5"
buy_ttl = "90s"
""",
    "wrong": "[risk]\nper_oder = 1\nopen_orders = -1\n[venue]\nclob_rest = \"ftp://x\"\n[tiers.a]\nbase = \"b\"\nwindow = 5\n",
    "dates": "a = 2026-01-01T00:00:00Z\nb = [1, {c = 0x1f, d = inf}]\n'e f'.g = '''x'''\n",
    "not_toml": "[risk\nper_order ==\n",
}

TOKENS = {"three": "123 # a comment\n\n456\r\n789", "mark": "\ufeff1\n1\n", "wrong": "0x12\n", "long": "9" * 79 + "\n", "none": "# nothing\n"}

BOOK_FRAME = {"event_type": "book", "asset_id": "111", "market": CONDITION, "timestamp": "1790000000123", "hash": "", "bids": [], "asks": []}


def zstd_frame(content: bytes) -> bytes:
    """A zstd frame of one raw block: single segment, its size in four bytes."""
    return (b"\x28\xb5\x2f\xfd" + bytes([0b10100000]) + struct.pack("<I", len(content)) +
            struct.pack("<I", len(content) << 3 | 1)[:3] + content)


RAW_LINE = dumps({"recv_ts": 1790000000.125, "slug": "s", "raw": dumps(BOOK_FRAME)})
CAPTURE = {
    "raw.jsonl": RAW_LINE + "\n" + dumps({"recv_ts": 1790000001, "slug": "s", "raw": "PONG"}) + "\n",
    "line.jsonl": dumps(BOOK_FRAME | {"ts": 1790000000123}) + "\n" + dumps([BOOK_FRAME, BOOK_FRAME]) + "\n",
    "payload.jsonl": dumps({"source": "clob_market", "kind": "price_change", "recv_wall_ts": "2026-04-28T09:03:14.630152Z",
                            "payload": {"market": CONDITION, "price_changes": []}}) + "\n" +
                     dumps({"source": "binance", "kind": "trade", "data": {"p": 1}}) + "\n" + dumps({"kind": "start"}) + "\nrubbish\n",
    "array.json": "[" + dumps(BOOK_FRAME) + ",\n " + RAW_LINE + ", 5, \"text\"]",
    "array_cut.json": "[" + dumps(BOOK_FRAME) + ", {\"event_type\":",
    "changes.csv": "id,asset_id,market,timestamp,hash,changes\n1,111,0xc1,2025-01-25 18:15:47.925 +0100,ab,"
                   "\"[{\"\"price\"\":\"\"0.4\"\",\"\"size\"\":\"\"5\"\",\"\"side\"\":\"\"BUY\"\"}]\"\n2,111,0xc1,never,ab,[]\n3,\n",
    "packed.zst": zstd_frame((RAW_LINE + "\n").encode() * 3),
    "packed_cut.zst": zstd_frame((RAW_LINE + "\n").encode() * 3)[:-20],
    "empty": "\n",
}

HTTP = {
    "get": "\x07GET /book?token_id=1 HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
    "post": "\x03POST /order HTTP/1.1\r\nHost: a\r\nPOLY_ADDRESS: 0x1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
            "DELETE /order HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "chunked": "\x05POST /books HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n[{\"a\r\n3;x=y\r\n\"1}\r\n0\r\nT: v\r\n\r\n",
    "upgrade": "\x20GET /ws/market HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    "expect": "\x01POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "wrong": "\x10BREW /coffee HTTP/1.1\r\nHost: a\r\n\r\n",
    "too_big": "\x10POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
    "answer": "\x08HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]HTTP/1.1 204 No Content\r\n\r\n",
    "answer_interim": "\x08HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many Requests\r\nRetry-After: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "answer_to_end": "\x09HTTP/1.0 502 Bad Gateway\r\nConnection: close\r\n\r\n<html>",
}


def ws_frame(opcode: int, payload: bytes, final=True, masked=True) -> bytes:
    out = bytes([(0x80 if final else 0) | opcode])
    top = 0x80 if masked else 0
    if len(payload) < 126:
        out += bytes([top | len(payload)])
    elif len(payload) < 1 << 16:
        out += bytes([top | 126]) + struct.pack(">H", len(payload))
    else:
        out += bytes([top | 127]) + struct.pack(">Q", len(payload))
    if not masked:
        return out + payload
    mask = b"\x11\x80\x00\x7f"
    return out + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


WEBSOCKET = {
    "text": b"\x05" + ws_frame(1, b'{"type":"market"}') + ws_frame(9, b"hi") + ws_frame(8, b"\x03\xe8bye"),
    "client": b"\x83" + ws_frame(1, b"x" * 200, masked=False) + ws_frame(10, b"", masked=False) + ws_frame(2, b"\0\1", masked=False),
    "fragments": b"\x10" + ws_frame(1, b"ab", final=False) + ws_frame(9, b"?") + ws_frame(0, b"cd", final=False) + ws_frame(0, b"ef"),
    "too_big": b"\x07" + bytes([0x81, 0xFF]) + b"\xff" * 8,
    "violation": b"\x07" + ws_frame(0, b"x"),
    "long": b"\x3f" + ws_frame(1, b"y" * 300),
}

NOW = 1790000000
VENUE = {
    "reads": """nobody GET /time
nobody GET /version
nobody GET /book?token_id=$t0
nobody GET /books?token_ids=$t0,$t1
nobody POST /books [{"token_id":"$t0"},{"token_id":"$t1"}]
nobody POST /prices [{"token_id":"$t0","side":"BUY"}]
nobody POST /midpoints [{"token_id":"$t0"}]
nobody GET /tick-size?token_id=$t0
nobody GET /neg-risk/$t0
nobody GET /fee-rate?token_id=$t0
nobody GET /clob-markets/$c0
nobody GET /markets-by-token/$t1
nobody GET /markets?next_cursor=MA==
nobody GET /prices-history?market=$t0&startTs=0&endTs=1790000000&fidelity=1
nobody GET /gamma/markets?clob_token_ids=$t0&condition_ids=$c1&limit=2
nobody GET /gamma/events
nobody GET /data-api/v2/positions?user=$w0
nobody GET /data-api/v2/resolutions?condition=$c0
nobody GET /nowhere
""",
    "orders": """alice order 0 buy 4500000 10000000 gtc
bob order 1 buy 5500000 10000000 gtc
pass 5
alice GET /data/orders
alice GET /data/order/$o0
alice GET /data/trades?after=0&next_cursor=MA==
alice GET /balance-allowance?asset_type=COLLATERAL&signature_type=0
alice GET /balance-allowance?asset_type=CONDITIONAL&token_id=$t0&signature_type=0
alice order 0 sell 5000000 2750000 post
alice DELETE /order {"orderID":"$o2"}
bob DELETE /orders ["$o1","$o0","0x12"]
bob DELETE /cancel-market-orders {"market":"$c0","asset_id":""}
bob DELETE /cancel-all
nobody GET /data-api/v2/activity?user=$w0
""",
    "takers": """alice order 0 buy 450000 1000000 gtc
alice order 0 buy 22500000 50000000 gtd 1790000200
bob order 1 buy 2750000 5000000 fok
bob order 0 sell 5000000 2250000 fak
bob order 1 buy 99000000 100000000 fak
alice order 0 sell 9223372036854775807 1 gtc
alice order 1 buy 1 9223372036854775807 gtd 9223372036854775807
pass 100
""",
    "batch": """alice POST /orders [{"order":{},"owner":"$k0","orderType":"GTC"},7,null]
alice POST /order {"order":{"salt":1,"maker":"$w0","signer":"$w0","tokenId":"$t0","makerAmount":"4500000","takerAmount":"10000000","side":"BUY","signatureType":0,"timestamp":"1790000000000","expiration":"0","metadata":"0x","builder":"0x","signature":"0x12"},"owner":"$k0","orderType":"GTC","postOnly":true}
alice POST /v1/heartbeats {"heartbeat_id":null}
alice POST /v1/heartbeats {"heartbeat_id":"x"}
pass 20
""",
    "sockets": """open /ws/market
say 0 {"assets_ids":["$t0","$t1"],"type":"market","custom_feature_enabled":true,"initial_dump":true}
say 0 PING
open /ws/user
say 1 {"auth":{"apiKey":"$k0","secret":"$s0","passphrase":"$p0"},"type":"user","markets":["$c0"]}
alice order 0 buy 4500000 10000000 gtc
bob order 1 buy 5500000 10000000 fok
say 0 {"operation":"unsubscribe","assets_ids":["$t0"]}
say 1 {"operation":"subscribe","markets":["$c1"]}
say 0 {"assets_ids":5}
pass 30
close 0
open /ws/nowhere
""",
    "keys": """alice L1 POST /auth/api-key
alice L1 GET /auth/derive-api-key
alice GET /auth/api-keys
alice POST /auth/readonly-api-key
alice GET /auth/readonly-api-keys
alice POST /auth/builder-api-key
alice DELETE /auth/api-key
header POLY_ADDRESS: $w1
header POLY_NONCE: 5
nobody GET /auth/derive-api-key
""",
    "admin": """nobody GET /admin/accounts/$w0
nobody GET /admin/log?after=0
nobody GET /admin/stats
nobody POST /admin/step {"seconds":5}
remote GET /admin/log
nobody POST /admin/faults at 0 for 5 status code=503 path=orders share=1
alice order 0 buy 4500000 10000000 gtc
pass 10
""",
    "not_utf8": b"nobody POST /admin/faults at 0 for 5 status code=50\xff\xfepath=orders\nnobody GET /book?token_id=%FF%C3\n",
    "faults": """open /ws/market
say 0 {"assets_ids":["$t0"],"type":"market"}
nobody POST /admin/faults seed 3
nobody POST /admin/faults at 0 for 50 delay ms=500
nobody POST /admin/faults at 0 for 50 duplicate share=0.5
nobody POST /admin/faults at 0 for 9 slow ms=700
nobody POST /admin/faults at 0 for 50 lose share=0.5
nobody POST /admin/faults at 3 tick_change market=0 tick=0.001
nobody POST /admin/faults at 5 resolve market=1 payout=0.5
alice order 0 buy 4500000 10000000 gtc
pass 4
alice order 0 buy 4440000 10000000 gtc
alice order 2 buy 4440000 10000000 gtc
pass 60
""",
}

FAULTS = {
    "every": """at 0 for 5 disconnect channel=market share=0.5 abrupt=0
at 1 for 5 freeze channel=user share=1
at 2 for 5 lose channel=all share=0.05
at 3.5 for 0.25 delay ms=500 jitter=100
at 4 for 5 duplicate share=0.1
at 5 for 5 reorder share=0.2 ms=100
at 6 for 5 permute seed=9
at 7 for 5 timeout path=cancels applied=0 ms=30000
at 8 for 5 status code=429 path=reads retry_after=3 body=html
at 9 for 5 mode mode=restarting
at 10 for 5 ghost_book
at 11 for 5 miss_user share=0.5
at 12 for 5 stale_positions
at 13 fail_settlement share=0.3
at 14 leak share=0.3
at 15 false_matched share=1
at 16 tick_change market=0 tick=0.001
at 17 resolve market=1 payout=half
at 18 for 5 clock_skew seconds=-3.5
at 19 slow path=gamma ms=700 jitter=5
""",
    "script": "seed 7\nat 10 for 5 status code=503 path=orders share=0.5 # half\n\nat 30 disconnect channel=market\n",
    "wrong": "at -1 freeze\nat 5 nonsense\nat 1 for 2 tick_change\n",
}

LINE = {"private_key": "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80", "chain_id": 137, "market_version": "v1",
        "neg_risk": False, "signature_type": 0, "maker": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "signer": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "token_id": "71321045679252212594626385532706912750332728571942532289631379312455583992563", "side": "BUY", "price": "0.56",
        "size": "21.04", "tick_size": "0.01", "order_type": "GTC", "protected": False, "salt": 479249096354, "timestamp": 1790000000000,
        "expiration": 0, "metadata": "0x" + "0" * 64, "builder": "0x" + "0" * 64}
ORDER_LINE = {
    "limit": dumps(LINE),
    "market": dumps({k: v for k, v in LINE.items() if k != "size"} | {"usdc": "12.5", "order_type": "FAK", "protected": True}),
    "sell_v2": dumps(LINE | {"side": "SELL", "market_version": "v2", "neg_risk": True, "token_id":
                             "651150819117105875331414918119047680898421632356043490229292782433651916800", "tick_size": "0.001", "price": "0.123"}),
    "wallet": dumps(LINE | {"signature_type": 3, "maker": ADDRESS, "signer": ADDRESS, "order_type": "GTD", "expiration": 1790000200}),
    "missing": dumps({"private_key": LINE["private_key"]}),
    "not_json": "{\"private_key\":",
}


def edit(kind: int, where: int, count: int, content: bytes = b"") -> bytes:
    """One edit of fuzz/edits.hpp."""
    return bytes([kind]) + struct.pack("<I", where)[:3] + bytes([count]) + content


DAMAGE = {
    "none": b"",
    "overwritten": edit(0, 100, 4, b"\xff\xff\xff\x7f"),
    "cut": edit(1, 5000, 0),
    "zeroed": edit(2, 4096, 255),
    "bit": edit(3, 4200, 3),
    "erased": edit(4, 64, 16),
    "header": edit(0, 8, 4, b"\x02\x00\x00\x00"),
}
CHECKPOINT = {name + tail: first + damage for name, damage in DAMAGE.items() for tail, first in (("", b"\0"), ("_mended", b"\1"))}
# In front of each edit, the file: intents.log, journal.db, journal.db-wal by name.
JOURNAL = {f"{name}_{file}": (bytes([file]) + damage if damage else b"") for name, damage in DAMAGE.items() for file in range(3)}


def record(kind: int, time: int, payload: bytes) -> bytes:
    return struct.pack("<IBq", len(payload), kind, time) + payload


RECORDS = record(1, NOW, b"header") + record(2, NOW, b"state") + record(3, NOW + 1, b"event") + record(5, NOW + 2, b"command")
SEGMENT = {
    "finished": b"\2" + RECORDS + record(7, NOW + 3, b"\1"),
    "gap": b"\2" + RECORDS + record(6, NOW + 3, b""),
    "open": b"\2" + RECORDS,
    "unknown_kind": b"\2" + record(9, NOW, b"x"),
    "too_long": b"\2" + struct.pack("<IBq", 0xFFFFFFFF, 3, NOW),
    "head": b"\0EBBINPUT" + struct.pack("<II", 1, 0),
    "newer": b"\0EBBINPUT" + struct.pack("<II", 2, 0),
    "block": b"\1EBBINPUT" + struct.pack("<II", 1, 0) + struct.pack("<IQIII", 0x4B4C4249, 0, 0, 13, len(zstd_frame(b"x" * 13))) +
             zstd_frame(b"x" * 13),
}
RECORD = {f"{kind}_{tag}": bytes([kind | 0x80, tag]) + b"\0" * 40 for kind in range(3) for tag in range(14)}


def main():
    for name, seeds in {"rest": REST, "config": CONFIG, "tokens": TOKENS, "capture": CAPTURE, "http": HTTP, "websocket": WEBSOCKET,
                        "venue": VENUE, "faults": FAULTS, "order_line": ORDER_LINE,
                        "checkpoint": CHECKPOINT, "journal": JOURNAL, "segment": SEGMENT, "record": RECORD}.items():
        folder = CORPUS / name
        folder.mkdir(parents=True, exist_ok=True)
        for seed, content in seeds.items():
            if content is not None:
                (folder / seed).write_bytes(text(content))


if __name__ == "__main__":
    main()
