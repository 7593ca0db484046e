// Keys, and orders of every wallet type in both protocol versions and in neg-risk markets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createL1Headers } from "@polymarket/clob-client-v2";
import {
  OrderType, Side, SignatureTypeV2, adminAccount, assertAccepted, assertRefused, buy, clientOf, market, newAccount,
  ready, touch, tradingClient, until, yes,
} from "./venue.mjs";

test("keys: derived again the same, created once, listed, deleted", async () => {
  const account = newAccount();
  const bare = clientOf(account);
  const creds = await bare.deriveApiKey();
  assert.deepEqual(await bare.deriveApiKey(), creds);
  const twice = await bare.createApiKey();
  assert.equal(twice.key, undefined); // the client drops the error; it derives after that
  assert.deepEqual(await bare.createOrDeriveApiKey(), creds);
  const other = await bare.createApiKey(5);
  assert.ok(other.key && other.key !== creds.key);
  const client = clientOf(account, { creds });
  assert.deepEqual((await client.getApiKeys()).apiKeys.toSorted(), [creds.key, other.key].toSorted());
  assert.deepEqual(await client.getClosedOnlyMode(), { closed_only: false });
  await client.deleteApiKey();
  assertRefused(await client.getApiKeys(), 401, "Unauthorized/Invalid api key");
});

test("keys are the signer's alone", async () => {
  const headers = await createL1Headers(clientOf(newAccount()).signer, ready.chain_id);
  headers.POLY_ADDRESS = newAccount().address;
  const answer = await fetch(`${ready.rest}/auth/derive-api-key`, { headers });
  assert.equal(answer.status, 401);
  assert.deepEqual(await answer.json(), { error: "Invalid L1 Request headers" });
});

test("read-only keys read trades and nothing else", async () => {
  const client = await tradingClient();
  const made = await client.createReadonlyApiKey();
  assert.deepEqual(await client.getReadonlyApiKeys(), [made.apiKey]);
  const creds = { key: made.apiKey, secret: made.secret, passphrase: made.passphrase };
  const reader = clientOf(client.signer.account, { creds });
  assert.deepEqual(await reader.getTrades(), []);
  const order = await client.createOrder({ tokenID: yes(market()), price: 0.01, size: 5, side: Side.BUY });
  assertRefused(await reader.postOrder(order), 401, "Unauthorized/Invalid api key");
  assert.equal(await client.deleteReadonlyApiKey(made.apiKey), true);
  assert.deepEqual(await client.getReadonlyApiKeys(), []);
});

test("builder keys, rewards and migration: the client's forms", async () => {
  const client = await tradingClient();
  assert.equal((await client.createBuilderApiKey()).key, client.creds.key);
  assert.deepEqual(await client.getBuilderApiKeys(), []);
  assert.deepEqual(await client.getPreMigrationOrders(), []);
  assert.deepEqual(await client.getEarningsForUserForDay("2026-11-20"), []);
  assert.deepEqual(await client.getTotalEarningsForUserForDay("2026-11-20"), []);
  assert.deepEqual(await client.getUserEarningsAndMarketsConfig("2026-11-20"), []);
  assert.deepEqual(await client.getRewardPercentages(), {});
});

test("the server's clock can be used for signing", async () => {
  const client = await tradingClient({ useServerTime: true });
  assert.deepEqual(await client.getOpenOrders(), []);
});

const { EOA, POLY_PROXY, POLY_GNOSIS_SAFE, POLY_1271 } = SignatureTypeV2;
const kWallets = [["EOA", EOA], ["proxy", POLY_PROXY], ["Safe", POLY_GNOSIS_SAFE], ["deposit wallet", POLY_1271]];
const kMarkets = [
  ["domain 2", { n: 6 }, 2],
  ["domain 2, neg-risk", { neg_risk: true, n: 0 }, 2],
  ["domain 3", { version: "v2" }, 3],
  ["domain 3, neg-risk", { version: "v2", neg_risk: true }, 3],
];

for (const [wallet, signatureType] of kWallets) {
  for (const [kind, traits, version] of kMarkets) {
    test(`${wallet}, ${kind}: rests, trades, sells, and belongs to the funder`, async () => {
      const account = newAccount();
      const funderAddress = signatureType === EOA ? undefined : newAccount().address;
      const client = await tradingClient({ signatureType, funderAddress }, account);
      const maker = funderAddress ?? account.address;
      const m = market(traits);
      const token = yes(m);
      const options = { tickSize: `${Number(m.tick_size)}`, negRisk: m.neg_risk, version };

      const resting = { tokenID: token, price: 0.02, size: 7, side: Side.BUY };
      const rested = await client.createAndPostOrder(resting, options, OrderType.GTC, true);
      assertAccepted(rested, "live");
      const order = await client.getOrder(rested.orderID);
      assert.equal(order.maker_address.toLowerCase(), maker.toLowerCase());
      assert.equal(order.owner, client.creds.key);

      const bought = await buy(client, token, 5, options);
      const settled = async () => (await adminAccount(maker)).fills.every((f) => /^(mined|confirmed)$/i.test(f.status));
      await until("the purchase is mined", settled, 60_000);
      const held = (await adminAccount(maker)).positions.find((p) => p.token_id === token);
      assert.equal(held.size, bought.takingAmount);
      const asked = { asset_type: version === 3 ? "CONDITIONAL-V2" : "CONDITIONAL", token_id: token };
      assert.equal(Number((await client.getBalanceAllowance(asked)).balance), Math.round(Number(held.size) * 1e6));

      const { bid } = await touch(client, token);
      const amount = Math.floor(Number(held.size) * 100) / 100;
      const selling = { tokenID: token, side: Side.SELL, amount, price: Math.max(0.01, Number((bid - 0.1).toFixed(2))) };
      const sold = await client.createAndPostMarketOrder(selling, options, OrderType.FAK);
      assertAccepted(sold, "matched");

      assert.deepEqual((await client.cancelAll()).canceled, [rested.orderID]);
      const own = await adminAccount(maker);
      assert.equal(own.signature_type, signatureType);
      assert.equal(own.signer, account.address.toLowerCase());
      assert.deepEqual(own.violations, []);
    });
  }
}

test("an order signed for the other protocol version is refused as such", async () => {
  const client = await tradingClient();
  const order = { tokenID: yes(market({ version: "v2" })), price: 0.02, size: 5, side: Side.BUY };
  for (const version of [undefined, 2]) {
    const answer = await client.createAndPostOrder(order, { version }, OrderType.GTC);
    assertRefused(answer, 400, "order_version_mismatch");
  }
  const old = { ...order, tokenID: yes(market()) };
  assertRefused(await client.createAndPostOrder(old, { version: 3 }, OrderType.GTC), 400, "order_version_mismatch");
  const dead = await client.createAndPostOrder(old, { version: 1 }, OrderType.GTC);
  assertRefused(dead, 400, "invalid order version, please use the latest clob-client");
});

test("exact amounts for ExchangeV3", async () => {
  const client = await tradingClient();
  const order = await client.createExchangeV3OrderFromAmounts({
    tokenID: yes(market({ version: "v2" })), makerAmount: "100000", takerAmount: "5000000", side: Side.BUY,
  });
  assertAccepted(await client.postOrder(order, OrderType.GTC, true), "live");
});

test("wrong wallets are refused", async () => {
  const token = yes(market());
  const order = { tokenID: token, price: 0.02, size: 5, side: Side.BUY };
  const account = newAccount();
  // A proxy wallet that is the signer itself, an EOA that is somebody else's, a deposit wallet that is the signer.
  for (const [signatureType, funderAddress] of [
    [POLY_PROXY, account.address], [EOA, newAccount().address], [POLY_1271, account.address],
  ]) {
    const client = await tradingClient({ signatureType, funderAddress }, account);
    assertRefused(await client.createAndPostOrder(order), 400, "invalid signature");
  }
  // The neg-risk exchange's domain on a market that is not neg-risk.
  const client = await tradingClient();
  assertRefused(await client.createAndPostOrder(order, { negRisk: true }), 400, "invalid signature");
  // A funder that another signer uses already.
  const funderAddress = newAccount().address;
  const owner = await tradingClient({ signatureType: POLY_GNOSIS_SAFE, funderAddress });
  assertAccepted(await owner.createAndPostOrder(order), "live");
  const thief = await tradingClient({ signatureType: POLY_GNOSIS_SAFE, funderAddress });
  assertRefused(await thief.createAndPostOrder(order), 400, "invalid signature");
});

test("every tick: prices on the grid are accepted as they were meant", async () => {
  const client = await tradingClient();
  for (const tick of [0.01, 0.005, 0.0025, 0.001, 0.0001]) {
    const token = yes(market({ tick_size: tick }));
    for (const price of [tick, 3 * tick]) {
      const meant = Number(price.toFixed(4));
      const answer = await client.createAndPostOrder({ tokenID: token, price: meant, size: 5.37, side: Side.BUY });
      assertAccepted(answer, "live");
      const order = await client.getOrder(answer.orderID);
      assert.deepEqual([Number(order.price), Number(order.original_size)], [meant, 5.37]);
    }
  }
});
