// What the trader says of a token at the moment of a violation: for people who look for its cause.
#pragma once

#include <string>
#include <string_view>

#include "engine/engine.hpp"
#include "session/order_desk.hpp"

namespace ebb::simulation {

/// Several lines. `token_id` may be empty: then only the state of the whole trader. Times are seconds since `beginning`.
[[nodiscard]] std::string explain(const engine::Engine& engine, const session::OrderDesk& desk,
                                  std::string_view token_id, Timestamp beginning);

/// One line of what the journal is told; empty for what is told all the time.
[[nodiscard]] std::string describe(const model::Record& record, const model::MarketTable& markets, Timestamp now,
                                   Timestamp beginning);

}  // namespace ebb::simulation
