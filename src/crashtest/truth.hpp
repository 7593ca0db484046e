// What the exchange knows of the account under test: the truth that the trader's books are judged by.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "net/endpoint.hpp"

namespace ebb::crashtest {

enum class OrderSide : std::uint8_t { buy, sell };

struct TruthOrder {
  std::string id;
  std::string token;
  OrderSide side = OrderSide::buy;
  Shares size;
  Shares matched;
  bool live = false;
  Timestamp placed;  ///< exchange's clock
  Timestamp ended = kNever;
  std::string status;
};

struct TruthFill {
  std::string trade;
  std::string order;
  std::string token;
  OrderSide side = OrderSide::buy;
  Shares size;
  Timestamp at;
  std::string status;
};

struct Truth {
  bool exists = false;  ///< an account opens with its first authenticated request
  Usdc cash;
  std::map<std::string, Shares> positions;  ///< settled, by token; no zeros
  std::vector<TruthOrder> orders;           ///< accepted ones, in their order
  std::vector<TruthFill> fills;
  std::vector<std::string> violations;
  /// Every trade has settled or failed.
  [[nodiscard]] bool settled() const;
};

/// Errors: `crashtest.truth`.
[[nodiscard]] Expected<Truth> read_truth(const std::string& text);
/// Of `admin`/accounts/`address`. Errors: those of net::fetch and read_truth.
[[nodiscard]] Expected<Truth> fetch_truth(const std::string& admin, const std::string& address,
                                          const net::TlsClientContext& tls);

}  // namespace ebb::crashtest
