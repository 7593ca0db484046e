// The vocabulary of fault scripts. Private to venue_faults.
#pragma once

#include <span>
#include <string_view>

#include "exchange/venue_faults.hpp"

namespace ebb::exchange {

/// One `key=value` of a fault.
struct FaultParameter {
  std::string_view name;
  std::string_view values;  ///< what it may be, for people
  std::string_view standard;  ///< what it is when it is left out
  bool (*read)(std::string_view text, FaultSettings& settings);
};

struct FaultWord {
  FaultKind kind;
  std::string_view name;
  bool may_last;  ///< takes `for`
  std::string_view help;
  std::span<const FaultParameter> parameters;
};

[[nodiscard]] std::span<const FaultWord> fault_words();
/// nullptr for an unknown name.
[[nodiscard]] const FaultWord* find_fault(std::string_view name);
/// Not negative, at most nine decimals.
[[nodiscard]] std::optional<Duration> parse_fault_seconds(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> parse_fault_count(std::string_view text);

}  // namespace ebb::exchange
