// What goes wrong in a simulated run, as lines of text: the venue's fault script (exchange/venue_faults.hpp) with words of its
// own for the trader's side,
//
//   at 30 for 8 cut channel=market        # connections break, and none can be made meanwhile
//   at 40 crash down=2 when=send          # the trader dies between an intent and its order
//
// Seconds count from the start of trading. One line is one fault: a shrinker may leave any of them out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "exchange/venue_faults.hpp"
#include "model/event.hpp"
#include "simulation/network.hpp"

namespace ebb::simulation {

enum class SideFault : std::uint8_t { cut, lag, hang, crash, clock_jump, disk_full, disk_slow, operate };
inline constexpr std::size_t kSideFaults = 8;
[[nodiscard]] std::string_view to_text(SideFault kind);

/// Who stands still in a hang.
enum class HangPart : std::uint8_t { engine, desk };
/// The moment of a crash: at once, or at the first occasion after it.
enum class CrashMoment : std::uint8_t {
  now,
  send,  ///< an intent is kept, its order has not left
  sent,  ///< an order has just left
  fill,  ///< a user event has just been handled
  commit  ///< a group of the journal has just been written, the next is under way
};

struct SideLine {
  Duration at;
  Duration length{0};  ///< 0 = an instant
  SideFault kind = SideFault::cut;
  Channels channels{true, true, true};
  Duration wait{0};  ///< lag, disk_slow: how long; crash: until the restart
  Duration jitter{0};
  HangPart part = HangPart::engine;
  CrashMoment moment = CrashMoment::now;
  Duration jump{0};  ///< clock_jump: what the trader's clock leaps by
  std::optional<Duration> clock;  ///< crash: how far ahead (behind: negative) the clock is when it starts again
  model::OperatorAction action = model::OperatorAction::pause;
  std::optional<std::uint32_t> token;  ///< operate: none = all
};

struct Script {
  std::vector<std::string> lines;  ///< as they were read
  exchange::FaultScript venue;
  std::vector<SideLine> side;
};

/// Errors as of exchange::parse_faults.
[[nodiscard]] Expected<Script> parse_script(std::string_view text, std::string_view name);
/// The name of a line's fault; empty for `seed N`.
[[nodiscard]] std::string_view fault_of(std::string_view line);
/// The words of the trader's side with their parameters.
[[nodiscard]] std::string side_catalogue();

}  // namespace ebb::simulation
