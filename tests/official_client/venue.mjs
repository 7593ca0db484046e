// What the tests share: the exchange under test (its ready line), wallets, clients, sockets, and waiting for outcomes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { ClobClient, OrderType, Side, SignatureTypeV2 } from "@polymarket/clob-client-v2";
import { createWalletClient, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

/** The exchange's ready line: addresses and markets. */
export const ready = JSON.parse(readFileSync(process.env.EBB_READY_LINE, "utf8").split("\n")[0]);

/** The n-th market with these traits. Every test file trades in markets of its own. */
export function market({ version = "v1", neg_risk = false, tick_size = 0.01, n = 0 } = {}) {
  const fitting = ready.markets.filter(
    (m) => m.version === version && m.neg_risk === neg_risk && Number(m.tick_size) === tick_size,
  );
  assert.ok(fitting.length > n, `the exchange lists no market number ${n} with ${version} ${neg_risk} ${tick_size}`);
  return fitting[n];
}
export const yes = (m) => m.tokens[0].token_id;
export const no = (m) => m.tokens[1].token_id;

/** A fresh random key. */
export const newAccount = () => privateKeyToAccount(generatePrivateKey());

export function clientOf(account, options = {}) {
  const signer = createWalletClient({ account, transport: http(ready.rest) });
  return new ClobClient({ host: ready.rest, chain: ready.chain_id, signer, ...options });
}

/** A client with derived keys. `signatureType` and `funderAddress` as the client takes them. */
export async function tradingClient(options = {}, account = newAccount()) {
  const creds = await clientOf(account).deriveApiKey();
  assert.match(creds.key, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  return clientOf(account, { creds, ...options });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until `look` returns something true; fails with `what` after `ms`. */
export async function until(what, look, ms = 20_000) {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > deadline) assert.fail(`did not happen within ${ms} ms: ${what}`);
    await sleep(50);
  }
}

/** Best bid and ask: the last of each list. */
export async function touch(client, token) {
  const book = await client.getOrderBook(token);
  return { bid: Number(book.bids.at(-1).price), ask: Number(book.asks.at(-1).price), book };
}

export function assertAccepted(answer, status) {
  assert.equal(answer.success, true, JSON.stringify(answer));
  assert.equal(answer.errorMsg, "");
  assert.match(answer.orderID, /^0x[0-9a-f]{64}$/);
  assert.equal(answer.status, status);
}

export function assertRefused(answer, httpStatus, text) {
  assert.equal(answer.status, httpStatus, JSON.stringify(answer));
  if (text instanceof RegExp) assert.match(answer.error, text);
  else assert.equal(answer.error, text);
}

/** Buys about `dollars` of a token from the crowd; returns the answer, which tells how many shares came. */
export async function buy(client, token, dollars, options) {
  const { ask } = await touch(client, token);
  const answer = await client.createAndPostMarketOrder(
    { tokenID: token, side: Side.BUY, amount: dollars, price: Math.min(0.99, Math.round((ask + 0.1) * 100) / 100) },
    options,
    OrderType.FAK,
  );
  assertAccepted(answer, "matched");
  return answer;
}

/** A WebSocket that keeps everything it heard, with the JSON of it in `messages`, one event each. */
export class Socket {
  messages = [];
  texts = [];
  /** Closed when the test `t` ends. */
  static async open(t, url) {
    const socket = new Socket();
    socket.ws = new WebSocket(url);
    socket.closed = new Promise((resolve) => socket.ws.addEventListener("close", (event) => resolve(event.code)));
    socket.ws.addEventListener("message", ({ data }) => {
      socket.texts.push(data);
      if (data.startsWith("[") || data.startsWith("{")) socket.messages.push(...[JSON.parse(data)].flat());
    });
    await new Promise((resolve, reject) => {
      socket.ws.addEventListener("open", resolve);
      socket.ws.addEventListener("error", () => reject(new Error(`no WebSocket at ${url}`)));
    });
    t.after(() => socket.close());
    return socket;
  }
  send(message) {
    this.ws.send(typeof message === "string" ? message : JSON.stringify(message));
  }
  /** The first message that fits, now or later. */
  heard(what, fits, ms) {
    return until(what, () => this.messages.find(fits), ms);
  }
  close() {
    this.ws.close();
    return this.closed;
  }
}

/** The hash that the client's own function computes for a book as it came, beside the one that came with it. */
export async function hashes(client, book) {
  const { version, ...summary } = book; // what V2 books add is not hashed
  const told = summary.hash;
  const computed = await client.getOrderBookHash(summary);
  return { told, computed };
}

/** The same for a snapshot of the market channel: all ten fields are there, and the client's function wants their order. */
export function frameHashes(client, frame) {
  const names = [
    "market", "asset_id", "timestamp", "hash", "bids", "asks", "min_order_size", "tick_size", "neg_risk",
    "last_trade_price",
  ];
  for (const name of names) assert.ok(name in frame, `the snapshot has no ${name}`);
  return hashes(client, Object.fromEntries(names.map((name) => [name, frame[name]])));
}

export async function adminAccount(address) {
  const answer = await fetch(`${ready.admin}/accounts/${address.toLowerCase()}`);
  assert.equal(answer.status, 200);
  return answer.json();
}

export { OrderType, Side, SignatureTypeV2 };
