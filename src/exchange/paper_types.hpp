// Words of the paper venue (rules 8): its configuration, what it answers, what it counted.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "exchange/messages.hpp"
#include "model/ids.hpp"
#include "model/order.hpp"

namespace ebb::exchange {

/// What a fall of size without a print does to the queue ahead of us (rules 8.4).
enum class QueueModel : std::uint8_t {
  strict,   ///< Q = min(Q, new size)
  prorata   ///< Q falls by fall x Q / size
};

/// What open BUYs count against the balance at placement (rules 7.2).
enum class PaperCashGate : std::uint8_t { per_market, global };

/// A delay drawn per message: lognormal. `sigma` 0 = always the median.
struct LatencyConfig {
  Duration median = milliseconds(250);
  double sigma = 0.4;
};

/// MATCHED -> MINED -> CONFIRMED (rules 7.3). A trade of the paper venue never fails.
struct PaperSettlement {
  double scale = 1.0;                  ///< multiplies every delay below; shown with the results
  Duration median = seconds(3);        ///< MATCHED -> MINED
  Duration p99 = seconds(30);
  Duration confirm_median = seconds(2);  ///< MINED -> CONFIRMED, same spread
  Duration payout_delay = seconds(10);   ///< resolution -> cash of the winners
};

struct PaperConfig {
  std::uint64_t seed = 1;
  LatencyConfig placement;             ///< decision -> the venue's matching engine (rules 8.1)
  LatencyConfig cancel;                ///< of cancels and of questions
  Duration answer_latency{0};          ///< effective -> the trader has the answer; 0 = part of the above
  Duration user_latency{0};            ///< happened -> the trader has the user-channel frame
  QueueModel queue = QueueModel::strict;
  PaperCashGate cash_gate = PaperCashGate::per_market;
  PaperSettlement settlement;
  Usdc starting_cash = dollars(10'000);
  Duration match_window = seconds(1);  ///< a fall and a print within this are one trade (rules 8.3)
  Duration gap_after = seconds(5);     ///< rules 1.4: no frame on the connection for this long ...
  std::uint32_t gap_min_frames = 60;   ///< ... with more frames than this in the minute before
  Duration gtd_minimum = seconds(180); ///< protocol 6.1: expiration at least this far away at arrival
  Duration gtd_early = seconds(60);    ///< protocol 6.1: the venue expires this much before `expiration`
  bool keep_audit = true;              ///< keep every granted and used unit for the outside checker
  std::string owner = "00000000-0000-4000-8000-000000000001";         ///< API key in user frames
  std::string maker_address = "0x000000000000000000000000000000000000ebb0";
};

/// The rule under which a fill happened (numbers of rules 8).
enum class FillRule : std::uint8_t {
  print_at,       ///< 3: a print at our price, beyond the queue
  print_through,  ///< 3: a print through our price
  crossing,       ///< 5: the opposite best stood at or through our price
  taken,          ///< 8: our marketable order took displayed size
  fall            ///< 6: optimistic only, never the headline
};
inline constexpr int kFillRules = 5;
[[nodiscard]] std::string_view to_text(FillRule rule);

/// A fill of ours (strict). `cash` and `fee` in dollars as booked: BUY pays cash + fee, SELL receives cash - fee.
struct PaperFill {
  Timestamp at;
  std::string trade_id;
  model::OrderId order;
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  FillRule rule = FillRule::print_at;
  Price price;                ///< our limit as a maker, the level's price as a taker
  Shares size;
  Usdc cash;
  Usdc fee;
  std::uint64_t unit = 0;     ///< the recorded unit that gave it (see PaperGrant)
};

/// A recorded unit that can give fills: a print, a displayed crossing size or its increase, a displayed level met by a
/// marketable order, or (optimistic) a fall. In terms of the token whose message showed it (of its sibling where that
/// token was never named to the venue).
struct PaperGrant {
  std::uint64_t unit = 0;     ///< unique, ascending
  FillRule rule = FillRule::print_at;  ///< print_at stands for prints of either kind
  Timestamp at;
  model::TokenIndex token;
  model::Side side = model::Side::buy; ///< side of our orders that it can fill, in that token's terms
  Price price;
  Shares size;                ///< shares it can give, once
};
enum class UnitUse : std::uint8_t { queue, fill };
/// Part of a unit that was used. Per unit the sum over all uses is at most its size.
struct PaperUse {
  std::uint64_t unit = 0;
  FillRule rule = FillRule::print_at;
  UnitUse use = UnitUse::fill;
  Timestamp at;
  model::OrderId order;
  Shares size;
};
/// In order of time. Uses under FillRule::fall belong to the optimistic shadow, all others to the headline.
struct PaperAudit {
  std::vector<PaperGrant> grants;
  std::vector<PaperUse> uses;
};

/// Text of a user-channel frame (protocol 3).
struct UserFrameText {
  std::string text;
};
/// Something that reaches the trader at `at`. Per kind of message (answers; frames) `at` never goes back.
struct PaperOutput {
  Timestamp at;
  std::variant<PlaceResult, CancelResult, OrderStatus, UserFrameText> body;
};

struct RuleCount {
  std::uint64_t fills = 0;
  Shares shares;
  std::uint64_t units_granted = 0;
  Shares shares_granted;
};

/// A market whose feed ended without a resolution (rules 8.9).
struct FeedEnded {
  model::MarketIndex market;
  struct Open {
    model::TokenIndex token;   ///< none() if the market never had this token
    Shares size;               ///< matched position
    Price last_bid{0};         ///< best displayed bid at the end; 0 = none
  };
  std::array<Open, 2> positions;
};

/// What rules 8.9 demands of every result.
struct PaperReport {
  std::uint64_t fills = 0;              ///< strict: the headline
  Shares shares;
  std::array<RuleCount, kFillRules> by_rule;   ///< index FillRule; `fall` counts the shadow's falls only
  std::uint64_t optimistic_fills = 0;   ///< what the same orders would have got if falls at the touch were trades,
  Shares optimistic_shares;             ///< strict rules included (rules 8.6): never the headline
  Shares median_queue;                  ///< Q at placement over all orders that came to rest
  std::uint64_t placed = 0;             ///< orders that arrived
  std::uint64_t rejected = 0;
  std::uint64_t live = 0;               ///< came to rest
  std::uint64_t filled = 0;             ///< completely
  std::uint64_t partially_filled = 0;   ///< ended or still live with part of their size
  std::uint64_t canceled = 0;           ///< by the trader, as the rest of a FAK, or by self-trade prevention
  std::uint64_t expired = 0;
  std::uint64_t invalid = 0;            ///< cash or shares no longer covered them
  std::uint64_t ended = 0;              ///< canceled by a resolution or the end of the feed
  std::uint64_t open = 0;               ///< still resting
  std::uint64_t frames = 0;
  std::uint64_t prints = 0;
  std::uint64_t repeated_prints = 0;    ///< the same print told again, also by the sibling
  std::uint64_t stale_books = 0;        ///< older snapshots and changes, or the sibling's view of what we had
  std::uint64_t unknown_tokens = 0;
  std::uint64_t gaps = 0;
  std::uint64_t distrusted = 0;         ///< times a market's book became UNTRUSTED after having been trusted
  Usdc fees;
  std::vector<FeedEnded> feed_ended;
};

}  // namespace ebb::exchange
