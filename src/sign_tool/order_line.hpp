// The fields of one line, checked one by one.
#pragma once

#include <string>

#include "base/expected.hpp"
#include "crypto/eip712.hpp"
#include "model/market.hpp"
#include "polymarket/amounts.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/order_digest.hpp"

namespace ebb::sign_tool {

/// A line as values. Amounts are still to be computed from the intent.
struct OrderLine {
  std::string_view private_key;  ///< in the line's text
  std::string_view token_id;     ///< in the line's text
  std::uint64_t chain_id = 0;
  model::ProtocolVersion version = model::ProtocolVersion::v1;
  bool neg_risk = false;
  std::int64_t expiration = 0;
  polymarket::OrderIntent intent;
  polymarket::OrderFields fields;  ///< without the amounts
};

/// Reads the object at the root of `tree`. Errors: `line.missing`, `line.bad_value` (both name the field), and what
/// prices and sizes off their grids are called elsewhere.
[[nodiscard]] Expected<OrderLine> read_order_line(const polymarket::JsonTree& tree);

}  // namespace ebb::sign_tool
