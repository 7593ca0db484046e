#include "sign_tool/line_signer.hpp"

#include <utility>

#include "sign_tool/order_line.hpp"

namespace ebb::sign_tool {
namespace {

using polymarket::SignatureType;

/// Appends `"key":"text"`; quotes, backslashes and control characters of the text are escaped.
void append_field(std::string& out, std::string_view key, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  if (out.back() != '{') out += ',';
  out += '"';
  out += key;
  out += "\":\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20) {
      out += "\\u00";
      out += kDigits[code >> 4];
      out += kDigits[code & 15];
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string error_text(const Error& error) {
  std::string out = "{\"error\":{";
  append_field(out, "code", error.code);
  append_field(out, "message", error.hint.empty() ? error.message : error.message + "; " + error.hint);
  return out + "}}";
}

}  // namespace

Expected<const polymarket::OrderSigner*> LineSigner::signer_for(std::string_view private_key, std::uint64_t chain_id) {
  if (!signer_ || key_text_ != private_key || chain_id_ != chain_id) {
    TRY(key, crypto::PrivateKey::parse(private_key));
    signer_ = std::make_unique<polymarket::OrderSigner>(std::move(key), chain_id);
    key_text_ = private_key;
    chain_id_ = chain_id;
  }
  return signer_.get();
}

Expected<SignedOrder> LineSigner::sign(std::string_view line) {
  if (!tree_.parse(line)) return fail("line.bad_json", "the line is not one complete JSON object");
  TRY(order, read_order_line(tree_));
  TRY(signer, signer_for(order.private_key, order.chain_id));
  TRY(contract, polymarket::select_exchange(order.version, order.neg_risk, order.fields.token_id));
  TRY(amounts, polymarket::order_amounts(order.intent));
  if (order.fields.signature_type != SignatureType::poly_1271 && order.fields.signer != signer->key().address()) {
    return fail("order.wallet_mismatch", "the signer is not the address of the private key",
                "types 0, 1 and 2 are signed by the account of the key");
  }
  order.fields.maker_amount = amounts.maker;
  order.fields.taker_amount = amounts.taker;
  const model::OrderId id = signer->digester().digest(contract, order.fields);
  SignedOrder result{.digest = to_text(id), .maker_amount = amounts.maker, .taker_amount = amounts.taker};
  signer->sign(contract, order.fields, id, result.signature);
  const std::string maker = crypto::checksum_text(order.fields.maker);
  const std::string by = crypto::checksum_text(order.fields.signer);
  polymarket::append_order_body(order.fields,
                                {.token_id = order.token_id,
                                 .maker = maker,
                                 .signer = by,
                                 .expiration = order.expiration,
                                 .signature = result.signature,
                                 .owner = {},
                                 .type = order.intent.type},
                                result.body);
  return result;
}

std::string LineSigner::answer(std::string_view line) {
  const auto order = sign(line);
  if (!order) return error_text(order.error());
  std::string out = "{";
  append_field(out, "digest", order->digest);
  append_field(out, "signature", order->signature);
  append_field(out, "maker_amount", std::to_string(order->maker_amount));
  append_field(out, "taker_amount", std::to_string(order->taker_amount));
  append_field(out, "body", order->body);
  return out + "}";
}

std::optional<std::string_view> live_key_variable(const char* (*lookup)(const char*)) {
  for (const char* name : {"EBB_PRIVATE_KEY", "POLY_KEY"}) {
    const char* value = lookup(name);
    if (value != nullptr && *value != '\0') return name;
  }
  return std::nullopt;
}

}  // namespace ebb::sign_tool
