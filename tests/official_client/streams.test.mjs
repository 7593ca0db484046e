// Both WebSockets, with Node's own client: snapshots and their hashes, changes, the account's orders and trades.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  OrderType, Side, Socket, assertAccepted, buy, frameHashes, hashes, market, no, ready, touch, tradingClient, until, yes,
} from "./venue.mjs";

const userLogin = (client, markets) => ({
  auth: { apiKey: client.creds.key, secret: client.creds.secret, passphrase: client.creds.passphrase },
  type: "user",
  markets,
});

test("market channel: PING, snapshots of every token, and hashes by the client's function", async (t) => {
  const client = await tradingClient();
  const socket = await Socket.open(t, ready.ws_market);
  const tokens = ready.markets.flatMap((m) => [yes(m), no(m)]);
  socket.send({ assets_ids: tokens, type: "market" });
  for (const token of tokens) {
    const book = await socket.heard(`a book of ${token}`, (e) => e.event_type === "book" && e.asset_id === token);
    const { told, computed } = await frameHashes(client, book);
    assert.match(told, /^[0-9a-f]{40}$/);
    assert.equal(told, computed, token);
  }
  socket.send("PING");
  await until("PONG", () => socket.texts.includes("PONG"));
});

test("market channel: an order's way in and out moves both tokens; subscribe and unsubscribe", async (t) => {
  const client = await tradingClient();
  const m = market({ n: 4 });
  const token = yes(m);
  const socket = await Socket.open(t, ready.ws_market);
  socket.send({ assets_ids: [yes(market({ n: 0 }))], type: "market" });
  await socket.heard("the first snapshot", (e) => e.event_type === "book");
  socket.send({ operation: "subscribe", assets_ids: [token] });
  await socket.heard("the second snapshot", (e) => e.event_type === "book" && e.asset_id === token);
  const order = { tokenID: token, price: 0.01, size: 1234.5, side: Side.BUY };
  const level = (asset_id, price, side, wanted) => (e) =>
    e.event_type === "price_change" &&
    e.price_changes.some(
      (c) => c.asset_id === asset_id && Number(c.price) === price && c.side === side && wanted(Number(c.size)),
    );
  const lowest = (await client.getOrderBook(token)).bids[0];
  assert.ok(Number(lowest.price) > 0.01, "this market was chosen because nobody else bids 0.01");
  const answer = await client.createAndPostOrder(order, undefined, OrderType.GTC, true);
  assertAccepted(answer, "live");
  const change = await socket.heard("the level grows", level(token, 0.01, "BUY", (s) => s === 1234.5));
  assert.equal(change.market, m.condition_id);
  assert.deepEqual(change.price_changes.map((c) => c.asset_id).toSorted(), [yes(m), no(m)].toSorted());
  const mirror = change.price_changes.find((c) => c.asset_id === no(m));
  assert.deepEqual([Number(mirror.price), mirror.side, Number(mirror.size)], [0.99, "SELL", 1234.5]);
  for (const entry of change.price_changes) assert.match(entry.hash, /^[0-9a-f]{40}$/);
  await client.cancelOrder({ orderID: answer.orderID });
  await socket.heard("the level is gone", level(token, 0.01, "BUY", (s) => s === 0));

  const taken = await buy(client, token, 5);
  const print = await socket.heard("the trade's print", (e) => e.event_type === "last_trade_price" && e.asset_id === token);
  assert.equal(print.side, "BUY");
  assert.ok(Number(taken.takingAmount) > 0);

  socket.send({ operation: "unsubscribe", assets_ids: [token] });
  socket.send("PING");
  await until("PONG", () => socket.texts.includes("PONG"));
  const heard = socket.messages.length;
  assertAccepted(await client.createAndPostOrder(order, undefined, OrderType.GTC, true), "live");
  socket.texts.length = 0;
  socket.send("PING");
  await until("PONG", () => socket.texts.includes("PONG"));
  assert.ok(!socket.messages.slice(heard).some((e) => e.market === m.condition_id));
  await client.cancelAll();
});

test("market channel: the hash of a change is that of the book it leads to", async (t) => {
  const client = await tradingClient();
  const token = yes(market({ n: 7 }));
  const socket = await Socket.open(t, ready.ws_market);
  socket.send({ assets_ids: [token], type: "market" });
  await socket.heard("the snapshot", (e) => e.event_type === "book");
  const order = { tokenID: token, price: 0.02, size: 50, side: Side.BUY };
  // A book read over REST between two changes has the hash of the last one.
  await until("a REST book with the hash of the newest change", async () => {
    assertAccepted(await client.createAndPostOrder(order, undefined, OrderType.GTC, true), "live");
    const book = await client.getOrderBook(token);
    const { told, computed } = await hashes(client, book);
    assert.equal(told, computed);
    const all = socket.messages.flatMap((e) => e.price_changes ?? []).filter((c) => c.asset_id === token);
    return all.some((c) => c.hash === told);
  });
  await client.cancelAll();
});

test("user channel: placement, cancellation, a taker's and a maker's trade up to CONFIRMED", async (t) => {
  const [maker, taker] = [await tradingClient(), await tradingClient()];
  const m = market({ n: 1 });
  const [makers, takers] = [await Socket.open(t, ready.ws_user), await Socket.open(t, ready.ws_user)];
  makers.send(userLogin(maker, [m.condition_id]));
  takers.send(userLogin(taker, []));
  makers.send("PING");
  takers.send("PING");
  await until("PONG", () => makers.texts.includes("PONG") && takers.texts.includes("PONG"));

  const quiet = await maker.createAndPostOrder({ tokenID: yes(m), price: 0.01, size: 5, side: Side.BUY });
  const placed = await makers.heard("PLACEMENT", (e) => e.id === quiet.orderID && e.type === "PLACEMENT");
  assert.deepEqual([placed.event_type, placed.status, placed.owner], ["order", "LIVE", maker.creds.key]);
  assert.deepEqual([placed.asset_id, placed.side, placed.original_size], [yes(m), "BUY", "5"]);
  await maker.cancelOrder({ orderID: quiet.orderID });
  const canceled = await makers.heard("CANCELLATION", (e) => e.id === quiet.orderID && e.type === "CANCELLATION");
  assert.equal(canceled.size_matched, "0");

  // The maker joins the bid; the taker buys the other side down to it until the maker's order is met.
  const { bid } = await touch(maker, yes(m));
  const rested = await maker.createAndPostOrder(
    { tokenID: yes(m), price: bid, size: 5, side: Side.BUY }, undefined, OrderType.GTC);
  assert.equal(rested.success, true, JSON.stringify(rested));
  const opposite = { tokenID: no(m), side: Side.BUY, amount: 2000, price: Number((1 - bid).toFixed(2)) };
  if (rested.status === "live") {
    await until("the maker's order is filled", async () => {
      await taker.postOrder(await taker.createMarketOrder({ ...opposite }), OrderType.FAK, false, true);
      return (await maker.getOrder(rested.orderID)).status === "MATCHED";
    });
    const update = await makers.heard("UPDATE", (e) => e.id === rested.orderID && e.type === "UPDATE");
    assert.ok(Number(update.size_matched) > 0);
  }
  await buy(taker, no(m), 5);
  const mine = (e) =>
    e.event_type === "trade" &&
    (e.taker_order_id === rested.orderID || e.maker_orders.some((o) => o.order_id === rested.orderID));
  const trade = await makers.heard("the maker's trade", mine);
  assert.equal(trade.market, m.condition_id);
  for (const status of ["MATCHED", "MINED", "CONFIRMED"]) {
    await makers.heard(`${status} for the maker`, (e) => mine(e) && e.id === trade.id && e.status === status, 60_000);
  }
  const taken = await takers.heard("the taker's trade", (e) => e.event_type === "trade" && e.trader_side === "TAKER");
  assert.equal(taken.owner, taker.creds.key);
  const legs = (await maker.getTrades()).filter((t) => t.id === trade.id);
  assert.equal(legs.length, 1);
  assert.ok(!makers.messages.some((e) => e.event_type === "order" && e.owner === taker.creds.key), "others' orders");
});

test("user channel: wrong credentials are turned away", async (t) => {
  const client = await tradingClient();
  const socket = await Socket.open(t, ready.ws_user);
  const login = userLogin(client, []);
  login.auth.passphrase = "0".repeat(64);
  socket.send(login);
  await socket.closed;
  assert.deepEqual(socket.messages, []);
});
