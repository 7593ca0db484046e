// What the client is told while the venue restarts, accepts post-only orders alone, or none. Runs by itself: the faults are
// everybody's.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import {
  OrderType, Side, assertAccepted, assertRefused, market, ready, tradingClient, until, yes,
} from "./venue.mjs";

let client;
const order = { tokenID: yes(market()), price: 0.01, size: 5, side: Side.BUY };

async function script(text) {
  const answer = await fetch(`${ready.admin}/faults`, { method: "POST", body: text });
  assert.equal(answer.status, 200, await answer.text());
}
const over = () => until("the mode is over", async () => (await client.createAndPostOrder(order)).success === true);

before(async () => {
  client = await tradingClient();
});

test("post-only mode", async () => {
  assertAccepted(await client.createAndPostOrder(order), "live");
  await script("at 0 for 2 mode mode=post_only");
  const taking = await client.createAndPostOrder(order);
  assertRefused(taking, 503, "post-only mode: only post-only orders and cancels are allowed");
  assert.equal(taking.code, "post_only_mode");
  assert.ok(taking.retry_after_seconds > 0);
  const [inBatch] = await client.postOrders([{ order: await client.createOrder(order), orderType: OrderType.GTC }]);
  assert.deepEqual([inBatch.success, inBatch.orderID], [true, ""]);
  assert.equal(inBatch.errorMsg, "post-only mode: only post-only orders and cancels are allowed");
  const resting = await client.createAndPostOrder(order, undefined, OrderType.GTC, true);
  assertAccepted(resting, "live");
  assert.deepEqual((await client.cancelOrder({ orderID: resting.orderID })).canceled, [resting.orderID]);
  await over();
});

test("cancel-only mode", async () => {
  await script("at 0 for 2 mode mode=cancel_only");
  const text = "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.";
  assertRefused(await client.createAndPostOrder(order, undefined, OrderType.GTC, true), 503, text);
  assert.ok((await client.cancelAll()).canceled.length > 0);
  await over();
});

test("trading disabled, and a restart", async () => {
  await script("at 0 for 2 mode mode=disabled");
  const text = "Trading is currently disabled. Check polymarket.com for updates";
  assertRefused(await client.createAndPostOrder(order), 503, text);
  assertRefused(await client.cancelAll(), 503, text);
  await over();
  await script("at 0 for 2 mode mode=restarting");
  assertRefused(await client.createAndPostOrder(order), 425, /restart/);
  await over();
});

test("the client's own retry gets over a window of 500", async () => {
  const patient = await tradingClient({ retryOnError: true });
  await script("at 0 for 0.02 status code=500 path=orders");
  await until("the retry is accepted", async () => (await patient.createAndPostOrder(order)).success === true);
});

test("a page of HTML instead of JSON", async () => {
  await script("at 0 for 1 status code=403 body=html path=reads");
  const answer = await client.getOrderBook(order.tokenID);
  assert.equal(answer.status, 403);
  assert.match(answer.error, /^<!DOCTYPE html>/);
  await until("books are back", async () => (await client.getOrderBook(order.tokenID)).hash);
});
