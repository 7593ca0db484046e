// Cancels of every kind, lists of open orders, and the heartbeat that cancels when it stops.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  OrderType, Side, assertAccepted, assertRefused, adminAccount, market, no, sleep, tradingClient, until, yes,
} from "./venue.mjs";

const first = market({ n: 5 });
const second = market({ neg_risk: true, n: 1 });
const kUnknown = `0x${"cd".repeat(32)}`;

async function rest(client, token, size = 5) {
  const order = { tokenID: token, price: 0.01, size, side: Side.BUY };
  const answer = await client.createAndPostOrder(order, undefined, OrderType.GTC, true);
  assertAccepted(answer, "live");
  return answer.orderID;
}
const openIds = async (client, filter) => (await client.getOpenOrders(filter)).map((o) => o.id).toSorted();

test("one, many, by token, by market, all", async () => {
  const client = await tradingClient();
  const address = client.signer.account.address;
  const ids = [];
  for (const token of [yes(first), yes(first), yes(first), no(first), yes(second), no(second)]) {
    ids.push(await rest(client, token));
  }
  assert.deepEqual(await openIds(client), ids.toSorted());
  assert.deepEqual(await openIds(client, { market: first.condition_id }), ids.slice(0, 4).toSorted());
  assert.deepEqual(await openIds(client, { asset_id: no(second) }), [ids[5]]);
  assert.deepEqual(await openIds(client, { id: ids[2] }), [ids[2]]);

  assert.deepEqual(await client.cancelOrder({ orderID: ids[0] }), { canceled: [ids[0]], not_canceled: {} });
  assert.equal((await client.getOrder(ids[0])).status, "CANCELED");
  const many = await client.cancelOrders([ids[0], ids[1], ids[1], kUnknown]);
  assert.deepEqual(many.canceled, [ids[1]]);
  assert.deepEqual(many.not_canceled, {
    [ids[0]]: "Order already canceled",
    [kUnknown]: "Order not found or already canceled",
  });
  assert.deepEqual((await client.cancelMarketOrders({ asset_id: no(first) })).canceled, [ids[3]]);
  const both = await client.cancelMarketOrders({ market: second.condition_id, asset_id: yes(second) });
  assert.deepEqual(both.canceled, [ids[4]]);
  assert.deepEqual((await client.cancelMarketOrders({ market: second.condition_id })).canceled, [ids[5]]);
  assert.deepEqual(await client.cancelAll(), { canceled: [ids[2]], not_canceled: {} });
  assert.deepEqual(await client.getOpenOrders(), []);
  const own = await adminAccount(address);
  assert.deepEqual(own.open_orders, []);
  assert.equal(Number(own.reserved), 0);
  assert.deepEqual(new Set(own.orders.map((o) => o.status)), new Set(["CANCELED"]));
});

test("another wallet's order is not canceled", async () => {
  const [client, stranger] = [await tradingClient(), await tradingClient()];
  const id = await rest(stranger, yes(first));
  assert.deepEqual(await client.cancelOrders([id]), {
    canceled: [],
    not_canceled: { [id]: "Order not found or already canceled" },
  });
  await client.cancelAll();
  assert.deepEqual(await openIds(stranger), [id]);
});

test("bad ids and markets are refused", async () => {
  const client = await tradingClient();
  assertRefused(await client.cancelOrder({ orderID: "0x12" }), 400, "Invalid orderID");
  assertRefused(await client.cancelOrders([]), 400, "Invalid order payload");
  assertRefused(await client.cancelMarketOrders({ market: kUnknown }), 404, "market not found");
});

test("open orders come in pages that the client joins", async () => {
  const client = await tradingClient();
  for (let batch = 0; batch < 8; ++batch) {
    const orders = [];
    for (let i = 0; i < 14; ++i) {
      orders.push(await client.createOrder({ tokenID: yes(second), price: 0.01, size: 5, side: Side.BUY }));
    }
    // 40 orders a second: the client is told when it is too fast
    await until("the batch is within the rate", async () => {
      const answers = await client.postOrders(orders.map((order) => ({ order, orderType: OrderType.GTC })));
      if (!Array.isArray(answers)) assert.equal(answers.status, 429, JSON.stringify(answers));
      return Array.isArray(answers);
    });
  }
  const page = await client.getOpenOrders(undefined, true);
  assert.equal(page.length, 100);
  const all = await client.getOpenOrders();
  assert.equal(all.length, 112);
  assert.equal(new Set(all.map((o) => o.id)).size, 112);
  assert.equal((await client.cancelAll()).canceled.length, 112);
});

test("heartbeats: the id is passed on, a wrong one is told the right one, silence cancels", async () => {
  const client = await tradingClient();
  const id = await rest(client, yes(first));
  const one = await client.postHeartbeat();
  assert.match(one.heartbeat_id, /^[0-9a-f-]{36}$/);
  const two = await client.postHeartbeat(one.heartbeat_id);
  assert.notEqual(two.heartbeat_id, one.heartbeat_id);
  const wrong = await client.postHeartbeat(one.heartbeat_id);
  assert.equal(wrong.status, 400);
  assert.deepEqual(wrong.error, { error_msg: "Invalid Heartbeat ID", heartbeat_id: two.heartbeat_id });
  let beat = two;
  for (const end = Date.now() + 12_000; Date.now() < end; await sleep(4000)) {
    beat = await client.postHeartbeat(beat.heartbeat_id);
    assert.ok(beat.heartbeat_id, JSON.stringify(beat));
  }
  assert.deepEqual(await openIds(client), [id]); // alive as long as it beats
  await until("the silence is noticed", async () => (await openIds(client)).length === 0, 30_000);
  assert.equal((await client.getOrder(id)).status, "CANCELED");
});
