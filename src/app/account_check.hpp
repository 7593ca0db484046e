// After a run on an exchange of our own: does the exchange's truth of our account equal our ledger?
#pragma once

#include <string>

#include "engine/engine.hpp"
#include "net/endpoint.hpp"
#include "runner/summary.hpp"

namespace ebb::app {

/// Reads the operator's account page of the exchange and compares cash, positions, fills and open orders to the unit; what
/// differs, and what the exchange itself complains of, becomes a violation of the summary. Waits for payouts that are on their
/// way. An answer that cannot be read is an error of the run.
void compare_with_account(const std::string& url, const net::TlsClientContext& tls, const engine::Engine& engine,
                          runner::RunSummary& summary);

}  // namespace ebb::app
