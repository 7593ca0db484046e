// For tests only: orders as the files of test vectors spell them.
#pragma once

#include <string_view>

#include "base/decimal.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/order_digest.hpp"

namespace ebb::polymarket::test {

/// The fields of the JSON object at node `order`. Throws what `value()` throws when one is missing.
inline OrderFields fields_of(const JsonTree& tree, std::uint32_t order) {
  const auto number = [&](std::string_view key) { return parse_scaled(tree.member(order, key).text, 0).value(); };
  const auto word = [&](std::string_view key) {
    const std::string_view text = tree.member(order, key).text;
    return text.empty() ? crypto::Word{} : crypto::word_from_hex(text).value();
  };
  OrderFields fields;
  fields.salt = static_cast<std::uint64_t>(number("salt"));
  fields.maker = crypto::parse_address(tree.member(order, "maker").text).value();
  fields.signer = crypto::parse_address(tree.member(order, "signer").text).value();
  fields.token_id = crypto::word_from_decimal(tree.member(order, "tokenId").text).value();
  fields.maker_amount = number("makerAmount");
  fields.taker_amount = number("takerAmount");
  fields.side = tree.member(order, "side").text == "BUY" ? model::Side::buy : model::Side::sell;
  fields.signature_type = static_cast<SignatureType>(number("signatureType"));
  fields.timestamp_ms = number("timestamp");
  fields.metadata = word("metadata");
  fields.builder = word("builder");
  return fields;
}

}  // namespace ebb::polymarket::test
