// Public reads: books, ticks, neg-risk, fees, prices, markets; and that book hashes are what the client computes.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { PriceHistoryInterval } from "@polymarket/clob-client-v2";
import { Side, clientOf, hashes, market, newAccount, no, ready, yes } from "./venue.mjs";

const client = clientOf(newAccount());

test("health, version and clock", async () => {
  assert.equal(await client.getOk(), "OK");
  assert.equal(await client.getVersion(), 2);
  const time = await client.getServerTime();
  assert.ok(Number.isInteger(time) && Math.abs(time - Date.now() / 1000) < 5);
});

test("every market's tick, neg-risk, fee and metadata are those of the ready line", async () => {
  for (const m of ready.markets) {
    const fresh = clientOf(newAccount()); // no caches
    assert.equal(Number(await fresh.getTickSize(yes(m))), Number(m.tick_size));
    assert.equal(await fresh.getNegRisk(no(m)), m.neg_risk);
    const info = await fresh.getClobMarketInfo(m.condition_id);
    assert.equal(info.c, m.condition_id);
    assert.deepEqual(info.t.map((t) => t.t), m.tokens.map((t) => t.token_id));
    assert.equal(info.mts, Number(m.tick_size));
    assert.equal(info.mos, Number(m.min_order_size));
    assert.equal(info.nr ?? false, m.neg_risk);
    assert.equal(await fresh.getFeeExponent(yes(m)), 1);
    assert.ok(info.fd.r > 0 && info.fd.r < 0.1 && info.fd.to === true);
    assert.equal(await fresh.getFeeRateBps(yes(m)), 1000);
  }
});

test("the client finds fees by token alone", async () => {
  const fresh = clientOf(newAccount());
  assert.equal(await fresh.getFeeExponent(no(market({ n: 1 }))), 1);
});

test("a book has the venue's form, best level last", async () => {
  const m = market();
  const book = await client.getOrderBook(yes(m));
  assert.deepEqual(Object.keys(book), [
    "market", "asset_id", "timestamp", "hash", "bids", "asks", "min_order_size", "tick_size", "neg_risk",
    "last_trade_price",
  ]);
  assert.equal(book.market, m.condition_id);
  assert.equal(book.asset_id, yes(m));
  const prices = (levels) => levels.map((l) => Number(l.price));
  assert.deepEqual(prices(book.bids), prices(book.bids).toSorted((a, b) => a - b));
  assert.deepEqual(prices(book.asks), prices(book.asks).toSorted((a, b) => b - a));
  assert.ok(prices(book.bids).at(-1) < prices(book.asks).at(-1));
});

test("the client's hash function reproduces the hash of every REST book", async () => {
  const tokens = ready.markets.flatMap((m) => [yes(m), no(m)]);
  for (const token of tokens) {
    const { told, computed } = await hashes(client, await client.getOrderBook(token));
    assert.match(told, /^[0-9a-f]{40}$/);
    assert.equal(told, computed);
  }
  const books = await client.getOrderBooks(tokens.map((token_id) => ({ token_id, side: Side.BUY })));
  assert.deepEqual(books.map((b) => b.asset_id), tokens);
  for (const book of books) {
    const { told, computed } = await hashes(client, book);
    assert.equal(told, computed);
  }
});

test("a book with one size changed has another hash", async () => {
  const book = await client.getOrderBook(yes(market()));
  book.bids[0].size = `${Number(book.bids[0].size) + 1}`;
  const { told, computed } = await hashes(client, book);
  assert.notEqual(told, computed);
});

test("only books of V2 markets carry a version", async () => {
  const book = await client.getOrderBook(yes(market({ version: "v2" })));
  assert.equal(book.version, "v2");
  assert.equal((await client.getOrderBook(yes(market()))).version, undefined);
});

test("prices, midpoints, spreads and last trades, one and many", async () => {
  const token = yes(market({ n: 1 }));
  const both = [{ token_id: token, side: Side.BUY }, { token_id: token, side: Side.SELL }];
  for (const side of [Side.BUY, Side.SELL]) {
    const { price } = await client.getPrice(token, side);
    assert.ok(0 < Number(price) && Number(price) < 1, side);
  }
  const mid = Number((await client.getMidpoint(token)).mid);
  assert.ok(0 < mid && mid < 1);
  assert.ok(Number((await client.getSpread(token)).spread) > 0);
  const last = await client.getLastTradePrice(token);
  assert.ok(Number(last.price) > 0 && ["BUY", "SELL", ""].includes(last.side));
  const prices = await client.getPrices(both);
  assert.ok(Number(prices[token].BUY) < Number(prices[token].SELL));
  assert.ok(Number((await client.getMidpoints(both))[token]) > 0);
  assert.ok(Number((await client.getSpreads(both))[token]) > 0);
  const lasts = await client.getLastTradesPrices([both[0]]);
  assert.equal(lasts[0].token_id, token);
});

test("the client computes market prices from our book: worse for more, none for too much", async () => {
  const token = yes(market());
  const small = await client.calculateMarketPrice(token, Side.BUY, 1);
  const large = await client.calculateMarketPrice(token, Side.BUY, 2000);
  assert.ok(0 < small && small < large && large < 1, `${small} ${large}`);
  await assert.rejects(client.calculateMarketPrice(token, Side.SELL, 1e9), /no match/);
});

test("lists of markets, in pages that end", async () => {
  for (const read of ["getMarkets", "getSamplingMarkets", "getSimplifiedMarkets", "getSamplingSimplifiedMarkets"]) {
    const conditions = [];
    let cursor;
    do {
      const page = await client[read](cursor);
      assert.equal(page.count, page.data.length);
      conditions.push(...page.data.map((m) => m.condition_id));
      cursor = page.next_cursor;
    } while (cursor !== "LTE=");
    assert.deepEqual(conditions, ready.markets.map((m) => m.condition_id), read);
  }
  const m = market({ neg_risk: true });
  const one = await client.getMarket(m.condition_id);
  assert.equal(one.neg_risk, true);
  assert.deepEqual(one.tokens.map((t) => t.outcome), ["Yes", "No"]);
  assert.equal(one.accepting_orders, true);
});

test("price history", async () => {
  const query = { market: yes(market()), interval: PriceHistoryInterval.MAX, fidelity: 1 };
  const { history } = await client.getPricesHistory(query);
  assert.ok(Array.isArray(history));
  for (const { t, p } of history) assert.ok(Number.isInteger(t) && p > 0 && p < 1);
});

test("rewards, builder trades and activity are empty here, in the client's form", async () => {
  assert.deepEqual(await client.getCurrentRewards(), []);
  assert.deepEqual(await client.getRawRewardsForMarket(market().condition_id), []);
  const page = await client.getBuilderTrades({ builder_code: `0x${"11".repeat(32)}` });
  assert.deepEqual(page.trades, []);
  assert.deepEqual(await client.getMarketTradesEvents(market().condition_id), []);
});

test("what does not exist is refused with the venue's words", async () => {
  const missing = await client.getOrderBook("123456");
  assert.deepEqual([missing.status, missing.error], [404, "No orderbook exists for the requested token id"]);
  const unknown = await client.getMarket(`0x${"00".repeat(32)}`);
  assert.deepEqual([unknown.status, unknown.error], [404, "market not found"]);
  const side = await client.getPrice(yes(market()), "UP");
  assert.deepEqual([side.status, side.error], [400, "Invalid side"]);
});

test("over TLS, a client that does not know the authority refuses", { skip: ready.ca_file === null }, async () => {
  assert.match(ready.rest, /^https:/);
  assert.match(ready.ws_market, /^wss:/);
  const script = `
    const { ClobClient } = await import("@polymarket/clob-client-v2");
    console.log(JSON.stringify(await new ClobClient({ host: ${JSON.stringify(ready.rest)}, chain: 137 }).getOk()));
    const socket = new WebSocket(${JSON.stringify(ready.ws_market)});
    socket.onopen = () => console.log("open");
    socket.onerror = () => console.log("refused");`;
  const { NODE_EXTRA_CA_CERTS, ...env } = process.env;
  assert.ok(NODE_EXTRA_CA_CERTS);
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env });
  const [rest, socket] = stdout.trim().split("\n");
  assert.match(JSON.parse(rest).error, /certificate/);
  assert.equal(socket, "refused");
});
