// What may go wrong at the venue, as a script (spec/cli.md): one fault a line,
//
//   seed 7
//   at 10 for 5 status code=503 path=orders share=0.5   # half of the order requests in these five seconds
//   at 30 disconnect channel=market
//
// Seconds count from the start of the server, or from the request that brought the script. A fault that lasts and has no
// `for` lasts until the end; only a disconnect without it is over at once. The same seed makes the same dice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/event.hpp"

namespace ebb::exchange {

enum class FaultKind : std::uint8_t {
  disconnect,
  freeze,
  lose,
  delay,
  duplicate,
  reorder,
  permute,
  timeout,
  status,
  mode,
  ghost_book,
  miss_user,
  stale_positions,
  fail_settlement,
  leak,
  false_matched,
  tick_change,
  resolve,
  clock_skew,
  slow
};
inline constexpr std::size_t kFaultKinds = 20;
[[nodiscard]] std::string_view to_text(FaultKind kind);

/// Which WebSockets.
enum class FaultChannel : std::uint8_t { market, user, all };
/// Which requests: new orders, cancels, everything else of the CLOB, the Data API, Gamma.
enum class FaultPath : std::uint8_t { orders, cancels, reads, data, gamma, all };

/// The parameters of all kinds; each kind reads its own.
struct FaultSettings {
  double share = 1.0;  ///< probability
  FaultChannel channel = FaultChannel::all;
  FaultPath path = FaultPath::orders;
  Duration wait = milliseconds(0);
  Duration jitter = milliseconds(0);
  std::uint64_t seed = 1;
  int code = 503;
  int retry_after = 0;  ///< seconds; 0 = no header
  bool applied = false;  ///< whether the request takes effect
  bool html = false;  ///< the body is a web page
  bool abrupt = true;
  model::VenueMode mode = model::VenueMode::post_only;
  std::string market = "0";  ///< number in the ready line, or condition id
  Price tick{10};
  std::int64_t payout_micros = kUsdcScale;  ///< of a YES share
  Duration skew = milliseconds(0);
};

struct FaultLine {
  Duration at;
  std::optional<Duration> length;
  FaultKind kind = FaultKind::disconnect;
  FaultSettings settings;
};
struct FaultScript {
  std::optional<std::uint64_t> seed;
  std::vector<FaultLine> lines;
};

/// Reads a script. `name` stands for its file in errors: `faults.invalid`, "NAME line 3: ...".
[[nodiscard]] Expected<FaultScript> parse_faults(std::string_view text, std::string_view name);
/// `ebb exchange --list-faults`: every fault with its parameters.
[[nodiscard]] std::string fault_catalogue();

/// The faults of a run: which are on, and the dice.
class FaultPlan {
 public:
  explicit FaultPlan(std::uint64_t seed) : random_(Random::stream(seed, kStream)) {}

  /// Adds a script whose seconds count from `base`. A seed in it starts the dice anew.
  void add(const FaultScript& script, Timestamp base);
  /// When a fault next begins or ends; kNever if none does.
  [[nodiscard]] Timestamp next_time() const { return next_; }
  struct Edge {
    bool begins = true;
    FaultLine line;
  };
  /// The next beginning or end up to `now`, in order of time; what has no duration only begins.
  [[nodiscard]] std::optional<Edge> take(Timestamp now);

  /// The settings of a fault that is on now (the one that began last); nullptr if it is off.
  [[nodiscard]] const FaultSettings* active(FaultKind kind) const;
  [[nodiscard]] bool any_stream_fault() const { return stream_faults_ > 0; }
  [[nodiscard]] bool roll(double share) { return share >= 1.0 || random_.chance(share); }
  /// Uniform in [0, span].
  [[nodiscard]] Duration draw(Duration span) { return Duration(random_.between(0, span.raw())); }

 private:
  static constexpr std::uint64_t kStream = 0xFA17;
  struct Entry {
    Timestamp begin;
    Timestamp end;
    FaultLine line;
    enum class State : std::uint8_t { waiting, on, over } state = State::waiting;
  };
  void find_next();
  std::vector<Entry> entries_;
  Timestamp next_ = kNever;
  std::vector<std::size_t> on_;  ///< entries that are on, in order of beginning
  int stream_faults_ = 0;  ///< of them, those that touch frames
  Random random_;
};

}  // namespace ebb::exchange
