// How long the official client takes to make a signed order, beside `ebb bench sign/order` of the same minute on the same
// machine: signing.mjs EBB_BINARY. Prints one JSON document; all times are medians in nanoseconds an order.
//
// What is timed: createOrder with tick, neg-risk and version known (no request is sent), which rounds, builds and signs;
// and the same with what postOrder does before it sends: body, HMAC, headers. The second is what sign/order does.
import { execFileSync } from "node:child_process";
import { ClobClient, OrderType, Side, createL2Headers, orderToJsonV2 } from "@polymarket/clob-client-v2";
import { createWalletClient, http } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";

const kWarmUp = 300;
const kOrders = 1000;
const kRounds = 5;

const account = privateKeyToAccount(generatePrivateKey());
const host = "http://127.0.0.1:1"; // nothing is sent
const signer = createWalletClient({ account, transport: http(host) });
const creds = { key: "0e1b9f4e-6a75-4c0e-8f5c-7a4b8d5a9c11", secret: "A".repeat(43) + "=", passphrase: "0".repeat(64) };
const client = new ClobClient({ host, chain: 137, signer, creds });
const token = "5".repeat(76);
client.tickSizes[token] = "0.01";
const options = { tickSize: "0.01", negRisk: false, version: 2 };

const makeOrder = (i) =>
  client.createOrder({ tokenID: token, price: (1 + (i % 98)) / 100, size: 10 + (i % 90), side: Side.BUY }, options);

async function makeRequest(i) {
  const payload = orderToJsonV2(await makeOrder(i), creds.key, OrderType.GTC);
  const body = JSON.stringify(payload);
  const headers = await createL2Headers(signer, creds, { method: "POST", requestPath: "/order", body });
  return { body, headers };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function time(make, count) {
  const taken = [];
  for (let i = 0; i < count; ++i) {
    const start = process.hrtime.bigint();
    await make(i);
    taken.push(Number(process.hrtime.bigint() - start));
  }
  return median(taken);
}

function ours(ebb) {
  const text = execFileSync(ebb, ["bench", "sign/order", "--json"], { stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(text);
}

const ebb = process.argv[2];
if (!ebb) {
  console.error("usage: signing.mjs EBB_BINARY");
  process.exit(2);
}
await time(makeRequest, kWarmUp);
const rounds = [];
for (let i = 0; i < kRounds; ++i) {  // in turn: client, ebb, client, ebb
  const create = await time(makeOrder, kOrders);
  const request = await time(makeRequest, kOrders);
  rounds.push({ create, request, bench: ours(ebb) });
}
const { machine } = rounds[0].bench;
const sign = median(rounds.map((r) => r.bench.benchmarks[0].value));
const create = median(rounds.map((r) => r.create));
const request = median(rounds.map((r) => r.request));
const round = (x) => Math.round(x * 100) / 100;
console.log(
  JSON.stringify({
    machine,
    node: process.version,
    client: "@polymarket/clob-client-v2 1.1.0",
    rounds: kRounds,
    orders_a_round: kOrders,
    ebb_sign_order_ns: Math.round(sign),
    bare_signature_ns: Math.round(median(rounds.map((r) => r.bench.benchmarks[0].reference_value))),
    client_create_order_ns: create,
    client_request_ns: request,
    ratio_create_order: round(create / sign),
    ratio_request: round(request / sign),
  }),
);
