// Which kills a test run makes: every crash point in turn, and random moments between them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "crashtest/session.hpp"

namespace ebb::crashtest {

/// When a crash point is passed.
enum class PointKind : std::uint8_t {
  first_start,  ///< only while a data directory is filled
  start,        ///< once at each start
  running,      ///< again and again
  power         ///< again and again, with durability `power`
};
struct CrashPoint {
  const char* name;
  PointKind kind;
};
/// Every crash point of the program.
[[nodiscard]] const std::vector<CrashPoint>& crash_points();

struct PlanOptions {
  std::uint32_t runs = 20;
  std::uint32_t lives = 10;  ///< kills of one data directory
  bool power = false;
};
/// The kills of each data directory. Every other one stands at a crash point, in turn; the others fall at random moments, one in
/// four of them while the trader starts.
[[nodiscard]] std::vector<std::vector<Kill>> plan_kills(const PlanOptions& options, Random& random);

}  // namespace ebb::crashtest
