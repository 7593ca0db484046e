// Orders of every type through the official client: accepted and refused, found again, and as the exchange's own account
// has them.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  OrderType, Side, adminAccount, assertAccepted, assertRefused, buy, clientOf, market, no, ready, touch,
  tradingClient, until, yes,
} from "./venue.mjs";

let client;
let address;
const m = market({ n: 3 });
const token = yes(m);
const far = { tokenID: token, price: 0.01, size: 100, side: Side.BUY }; // nobody sells to it

before(async () => {
  client = await tradingClient();
  address = client.signer.account.address;
});

test("GTC rests, is found by id and in the list, and is the exchange's own", async () => {
  const answer = await client.createAndPostOrder(far, undefined, OrderType.GTC);
  assertAccepted(answer, "live");
  assert.equal(answer.makingAmount, "");
  const order = await client.getOrder(answer.orderID);
  assert.equal(order.id, answer.orderID);
  assert.equal(order.status, "LIVE");
  assert.equal(order.owner, client.creds.key);
  assert.equal(order.maker_address.toLowerCase(), address.toLowerCase());
  assert.equal(order.market, m.condition_id);
  assert.equal(order.asset_id, token);
  assert.deepEqual([order.side, order.outcome, order.order_type], ["BUY", "Yes", "GTC"]);
  assert.deepEqual([order.original_size, order.size_matched, order.price, order.expiration], ["100", "0", "0.01", "0"]);
  assert.ok(Number.isInteger(order.created_at) && Math.abs(order.created_at - Date.now() / 1000) < 60);
  const listed = await client.getOpenOrders({ asset_id: token });
  assert.deepEqual(listed.find((o) => o.id === answer.orderID), order);
  const own = await adminAccount(address);
  assert.ok(own.open_orders.some((o) => o.id === answer.orderID && o.size === "100" && o.price === "0.01"));
  assert.equal((await client.isOrderScoring({ order_id: answer.orderID })).scoring, true);
  assert.deepEqual(await client.areOrdersScoring({ orderIds: [answer.orderID] }), { [answer.orderID]: true });
});

test("GTD rests with its expiration", async () => {
  const expiration = Math.floor(Date.now() / 1000) + 600;
  const answer = await client.createAndPostOrder({ ...far, expiration }, undefined, OrderType.GTD);
  assertAccepted(answer, "live");
  const order = await client.getOrder(answer.orderID);
  assert.deepEqual([order.order_type, order.expiration], ["GTD", `${expiration}`]);
});

test("GTD too short, and an expiration on a GTC, are refused", async () => {
  const soon = Math.floor(Date.now() / 1000) + 60;
  assertRefused(
    await client.createAndPostOrder({ ...far, expiration: soon }, undefined, OrderType.GTD), 400, "invalid expiration");
  assertRefused(
    await client.createAndPostOrder({ ...far, expiration: soon + 900 }, undefined, OrderType.GTC),
    400, "invalid expiration");
});

test("post-only rests away from the touch and is refused where it would take", async () => {
  assertAccepted(await client.createAndPostOrder(far, undefined, OrderType.GTC, true), "live");
  const crossing = { ...far, price: 0.99, size: 5 };
  assertRefused(
    await client.createAndPostOrder(crossing, undefined, OrderType.GTC, true),
    400, "invalid post-only order: order crosses book");
  await assert.rejects(client.createAndPostOrder(far, undefined, OrderType.FOK, true), /postOnly is not supported/);
});

test("a FOK buy fills whole: amounts, settled trades, shares, cash and fee", async () => {
  const start = await adminAccount(address);
  const { ask } = await touch(client, token);
  const order = { tokenID: token, side: Side.BUY, amount: 20, price: Math.min(0.99, Number((ask + 0.1).toFixed(2))) };
  const answer = await client.createAndPostMarketOrder(order, undefined, OrderType.FOK);
  assertAccepted(answer, "matched");
  assert.ok(Number(answer.makingAmount) > 0 && Number(answer.makingAmount) <= 20);
  assert.ok(Number(answer.takingAmount) >= 20 / order.price - 0.01); // price improvement gives more shares
  assert.ok(answer.tradeIDs.length > 0);
  // The client waited until they were mined.
  assert.equal(answer.transactionsHashes.length, answer.tradeIDs.length);
  for (const hash of answer.transactionsHashes) assert.match(hash, /^0x[0-9a-f]{64}$/);
  let size = 0;
  for (const id of answer.tradeIDs) {
    const [trade] = await client.getTrades({ id });
    assert.equal(trade.taker_order_id, answer.orderID);
    assert.equal(trade.trader_side, "TAKER");
    assert.match(trade.status, /^TRADE_STATUS_(MINED|CONFIRMED)$/);
    assert.ok(trade.maker_orders.length > 0);
    size += Number(trade.size);
  }
  assert.ok(Math.abs(size - Number(answer.takingAmount)) < 1e-6, `${size} ${answer.takingAmount}`);
  const own = await adminAccount(address);
  assert.equal(own.positions.find((p) => p.token_id === token).size, answer.takingAmount);
  const fees = own.fills.reduce((sum, f) => sum + Number(f.fee), 0);
  assert.ok(fees > 0);
  const spent = Number(start.cash) - Number(own.cash);
  assert.ok(Math.abs(spent - Number(answer.makingAmount) - fees) < 1e-6, `${spent} ${answer.makingAmount} ${fees}`);
  const balance = await client.getBalanceAllowance({ asset_type: "CONDITIONAL", token_id: token });
  assert.equal(Number(balance.balance), Math.round(Number(answer.takingAmount) * 1e6));
});

test("a FOK that cannot fill whole is killed and leaves nothing", async () => {
  const order = { tokenID: no(m), side: Side.BUY, amount: 9000, price: 0.01 };
  assertRefused(
    await client.createAndPostMarketOrder(order, undefined, OrderType.FOK), 400,
    "order couldn't be fully filled. FOK orders are fully filled or killed.");
  const own = await adminAccount(address);
  assert.ok(!own.positions.some((p) => p.token_id === no(m)));
});

test("a FAK takes what is there and drops the rest; one that meets nothing is refused", async () => {
  const { bid } = await touch(client, token);
  const shares = 5;
  const selling = { tokenID: token, side: Side.SELL, amount: shares, price: Math.max(0.01, Number((bid - 0.1).toFixed(2))) };
  const answer = await client.createAndPostMarketOrder(selling, undefined, OrderType.FAK);
  assertAccepted(answer, "matched");
  assert.equal(Number(answer.makingAmount), shares);
  assert.ok(Number(answer.takingAmount) >= shares * selling.price);

  // More than there is at the touch: it takes that. (The touch may move away meanwhile; then it is refused.)
  const part = await until("a FAK is filled in part", async () => {
    const large = { tokenID: no(m), side: Side.BUY, amount: 8000, price: (await touch(client, no(m))).ask };
    const tried = await client.createAndPostMarketOrder(large, undefined, OrderType.FAK);
    return tried.success ? tried : undefined;
  });
  assertAccepted(part, "matched");
  assert.ok(Number(part.makingAmount) > 0 && Number(part.makingAmount) < 8000);
  assert.ok(!(await client.getOpenOrders()).some((o) => o.id === part.orderID));

  const nothing = { tokenID: no(m), side: Side.BUY, amount: 5, price: 0.01 };
  assertRefused(
    await client.createAndPostMarketOrder(nothing, undefined, OrderType.FAK), 400,
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.");
});

test("a batch: one answer an order, in its order, good and bad side by side", async () => {
  const orders = [];
  for (const size of [10, 20, 30]) orders.push(await client.createOrder({ ...far, size }));
  const small = await client.createOrder({ ...far, size: 1 });
  const batch = [orders[0], small, orders[1], orders[2]].map((order) => ({ order, orderType: OrderType.GTC }));
  const answers = await client.postOrders(batch);
  assert.equal(answers.length, 4);
  for (const i of [0, 2, 3]) assertAccepted(answers[i], "live");
  assert.equal(answers[1].orderID, "");
  assert.match(answers[1].errorMsg, /is invalid\. Size \(1\) lower than the minimum: 5$/);
  const sizes = await Promise.all([0, 2, 3].map(async (i) => (await client.getOrder(answers[i].orderID)).original_size));
  assert.deepEqual(sizes, ["10", "20", "30"]);
  const twice = await client.postOrders([{ order: orders[0], orderType: OrderType.GTC }]);
  assert.match(twice[0].errorMsg, /is invalid\. Duplicated\.$/);
});

test("a post-only batch, a full batch of 15, and one too large", async () => {
  const make = () => client.createOrder({ ...far, size: 5 });
  const all = await Promise.all(Array.from({ length: 16 }, make));
  const batch = all.map((order) => ({ order, orderType: OrderType.GTC }));
  const answers = await client.postOrders(batch.slice(0, 15), true);
  assert.equal(answers.length, 15);
  for (const answer of answers) assertAccepted(answer, "live");
  assert.equal(new Set(answers.map((a) => a.orderID)).size, 15);
  assertRefused(await client.postOrders(batch), 400, "Too many orders in payload: 16, max allowed: 15");
});

test("refusals in the venue's words", async () => {
  const post = (order, type = OrderType.GTC) => client.postOrder(order, type);
  const id = "order 0x[0-9a-f]{64} is invalid\\.";
  assertRefused(await post(await client.createOrder({ ...far, size: 4 })), 400,
    new RegExp(`^${id} Size \\(4\\) lower than the minimum: 5$`));
  // The client rounds to its tick's decimals, not to its grid: 0.013 on a market of 0.005 is off it.
  const coarse = { ...far, tokenID: yes(market({ tick_size: 0.005 })), price: 0.013 };
  assertRefused(await post(await client.createOrder(coarse)), 400,
    new RegExp(`^${id} Price \\(0\\.013\\) breaks minimum tick size rule: 0\\.005$`));
  assertRefused(await post(await client.createOrder({ ...far, size: 2_000_000 })), 400, /^not enough balance \/ allowance/);
  assertRefused(await post(await client.createOrder({ ...far, tokenID: yes(market({ n: 4 })), side: Side.SELL })), 400,
    /^not enough balance \/ allowance/);
  const order = await client.createOrder(far);
  const posted = await post(order);
  assertAccepted(posted, "live");
  assertRefused(await post(order), 400, `order ${posted.orderID} is invalid. Duplicated.`);
  const forged = { ...(await client.createOrder(far)), makerAmount: "990000" };
  assertRefused(await post(forged), 400, "invalid signature");
  const cheap = { tokenID: token, side: Side.BUY, amount: 0.5, price: 0.99 };
  assertRefused(await client.createAndPostMarketOrder(cheap, undefined, OrderType.FAK), 400,
    /^invalid amount for a marketable BUY order .*min size: \$1$/);
  const stranger = await tradingClient();
  assertRefused(await stranger.postOrder(await client.createOrder(far)), 400,
    "the order signer address has to be the address of the API KEY");
  const impostor = clientOf(client.signer.account, { creds: { ...client.creds, key: stranger.creds.key } });
  assertRefused(await impostor.postOrder(order), 401, "Unauthorized/Invalid api key");
  const guesser = clientOf(client.signer.account, { creds: { ...client.creds, secret: stranger.creds.secret } });
  assertRefused(await guesser.cancelAll(), 401, "Unauthorized/Invalid api key");
});

test("in a market that holds takers the answer waits; with a longer delay it says so", async () => {
  const held = await buy(client, yes(market({ n: 2 })), 5); // 250 ms
  assertAccepted(held, "matched");
  const [slow] = ready.markets.filter((_, i) => i === 11); // three seconds
  const { ask } = await touch(client, yes(slow));
  const price = Math.min(0.99, Number((ask + 0.1).toFixed(2)));
  const order = { tokenID: yes(slow), side: Side.BUY, amount: 5, price };
  const answer = await client.createAndPostMarketOrder(order, undefined, OrderType.FAK);
  assertAccepted(answer, "delayed");
  const canceled = await client.cancelOrder({ orderID: answer.orderID });
  assert.deepEqual(canceled.canceled, []);
  await until("the delayed order is matched", async () => (await client.getOrder(answer.orderID)).status === "MATCHED");
});

test("an order that is nobody's, and one of somebody else, are not found", async () => {
  const unknown = await client.getOrder(`0x${"ab".repeat(32)}`);
  assertRefused(unknown, 404, "Order not found");
  const stranger = await tradingClient();
  const theirs = await stranger.createAndPostOrder(far, undefined, OrderType.GTC);
  assertRefused(await client.getOrder(theirs.orderID), 404, "Order not found");
});

test("trades: all, by market, by token, by time, in pages", async () => {
  const all = await client.getTrades();
  assert.ok(all.length >= 2);
  assert.ok(all.every((t, i) => i === 0 || Number(all[i - 1].match_time) >= Number(t.match_time)), "newest first");
  const here = all.filter((t) => t.market === m.condition_id);
  assert.ok(here.length > 0 && here.length < all.length);
  const ids = (trades) => trades.map((t) => t.id);
  assert.deepEqual(ids(await client.getTrades({ market: m.condition_id })), ids(here));
  assert.deepEqual(await client.getTrades({ market: market({ n: 4 }).condition_id }), []);
  assert.ok((await client.getTrades({ asset_id: token })).every((t) => t.asset_id === token));
  assert.deepEqual(await client.getTrades({ before: `${Number(all.at(-1).match_time) - 1}` }), []);
  const page = await client.getTradesPaginated({ maker_address: address });
  assert.equal(page.count, page.trades.length);
  assert.equal(page.next_cursor, "LTE=");
});

test("notifications tell of fills and can be dropped", async () => {
  const found = await client.getNotifications();
  assert.ok(found.length > 0 && found.every((n) => n.type === 2));
  await client.dropNotifications({ ids: found.map((n) => `${n.id}`) });
  assert.deepEqual(await client.getNotifications(), []);
});

test("balances and allowances", async () => {
  const isSettled = (fill) => /^(mined|confirmed)$/i.test(fill.status);
  await until("every trade is mined", async () => (await adminAccount(address)).fills.every(isSettled), 60_000);
  const collateral = await client.getBalanceAllowance({ asset_type: "COLLATERAL" });
  const own = await adminAccount(address);
  assert.equal(Number(collateral.balance), Math.round(Number(own.cash) * 1e6));
  assert.ok(Object.values(collateral.allowances).every((a) => BigInt(a) > 10n ** 30n));
  assert.equal(Object.keys(collateral.allowances).length, 3);
  assert.deepEqual(await client.updateBalanceAllowance({ asset_type: "COLLATERAL" }), collateral);
  assertRefused(await client.getBalanceAllowance({ asset_type: "GOLD" }), 400, "Invalid asset type");
});

test("the exchange saw no violation", async () => {
  // Those that the tests above sent twice on purpose are named; there is nothing else.
  const { violations } = await adminAccount(address);
  assert.deepEqual(violations.map((v) => v.rule), ["duplicate_id", "duplicate_id"]);
});
