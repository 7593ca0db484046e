// Everything about one token: its feed's quote net of our orders, its signal, its routines, its mandate. What can be
// derived (phase, awaiting, staleness) is not stored.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/inline_vector.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "book/book.hpp"
#include "engine/stats.hpp"
#include "execution/action.hpp"
#include "execution/exit.hpp"
#include "execution/maker_buy.hpp"
#include "execution/maker_sell.hpp"
#include "execution/order.hpp"
#include "model/ids.hpp"
#include "model/market_data.hpp"
#include "portfolio/reconcile.hpp"
#include "strategy/dip_signal.hpp"
#include "strategy/params.hpp"

namespace ebb::engine {

/// What a token may do, and why not more. Bits; the mandate is derived from them.
enum class Block : std::uint16_t {
  none = 0,
  not_traded = 1 << 0,       ///< followed for its sibling, or no tier fits
  operator_sell_only = 1 << 1,
  deadline_sell_only = 1 << 2,
  parked_idle = 1 << 3,      ///< the sell routine idled out; its order rests at the floor
  manual = 1 << 4,           ///< an exit gave up; a person must look
  unexplained = 1 << 5,      ///< a matched sum that no trade explains
  resolved = 1 << 6,
  exited = 1 << 7,           ///< left on purpose; resume trades it again
  ended = 1 << 8,            ///< the market's end has come
  short_life = 1 << 9,       ///< the market lives shorter than min_life
  operator_paused = 1 << 10, ///< this token alone: no BUY until it is resumed
  no_tier = 1 << 11,         ///< no tier fits the market
  retired = 1 << 12,         ///< nobody follows the market any more; its slot stays, nothing is done for it
  asleep = 1 << 13,          ///< retired, and its timer has ended
  work_off = 1 << 14         ///< not configured any more: what is held is sold, nothing is bought
};
[[nodiscard]] constexpr std::uint16_t bit(Block block) { return static_cast<std::uint16_t>(block); }

enum class Phase : std::uint8_t { idle, buying, holding, selling, exiting, parked };
[[nodiscard]] std::string_view to_text(Phase phase);

/// The last things a token did, for `explain`.
enum class DecisionKind : std::uint8_t {
  signal,
  refused,
  placed,
  canceled,
  filled,
  closed,
  exit_started,
  routine_ended,
  trust_lost,
  trust_regained
};
[[nodiscard]] std::string_view to_text(DecisionKind kind);
struct Decision {
  Timestamp at;
  DecisionKind kind = DecisionKind::signal;
  model::Side side = model::Side::buy;
  Price price;
  Shares size;
  std::string_view reason;   ///< a static name
};

/// One of our orders as it is displayed in this token's book (its own, or the sibling's mirrored).
struct OwnEntry {
  model::OrderId id;
  model::Side side = model::Side::buy;
  Price price;
  Shares remaining;          ///< what is live now; 0 once the order is gone
  Shares shown;              ///< what is subtracted from the displayed level
  Timestamp changed;         ///< when `remaining` last fell below `shown`
};

/// What the journal was told of the token last, and what reconciling remembers of it.
struct TokenNotes {
  std::uint16_t blocks = 0;                 ///< as told
  std::uint32_t round_trips = 0;            ///< as told
  Phase phase = Phase::idle;                ///< as told
  Price floor{0};                           ///< as told
  std::uint32_t signal_round_trips = 0;     ///< since the drop of the signal began at its start
  risk::Refusal refusal = risk::Refusal::none;  ///< of the gate, as told; none after an order left
  Timestamp booked_at;                      ///< last change of the ledger that is not folded; unset = all is folded
  Timestamp differs_since;                  ///< first of the readings that differ
  Timestamp compared_at;                    ///< last valid reading that agreed, or was acted upon
  Timestamp asked_at;                       ///< the venue was last asked what we hold
  Timestamp doubted_at;  ///< two readings differ: the balance was asked for as the second source; unset = no
  std::uint8_t doubt_sweeps = 0;  ///< the balance says the same: so many sweeps have to end before it is acted upon
  Shares doubted_size;  ///< what they say
  Price doubted_average{-1};
  Timestamp watched_until;  ///< adopted or written off lately: asked for although nothing is held
  Timestamp bare_since;  ///< LONG without a live SELL
  bool bare_told = false;  ///< and named
};

struct TokenTrader {
  TokenTrader(strategy::HighPool& pool, const strategy::Params& p) : signal(pool, p), params(&p) {}

  // What every event touches comes first.
  model::Quote net;  ///< touch without our own orders
  std::uint64_t net_version = 0;  ///< rises with every change of `net`
  strategy::DipSignal signal;
  const strategy::Params* params;  ///< the tier's, or the token's own
  Duration window;  ///< params->window under the market's life (rules 5.3)
  Timestamp evaluated_at;
  std::uint16_t blocks = 0;
  model::ConnectionIndex connection{0};
  bool has_work = false;  ///< a position, a routine or an order: more than the signal to look at
  bool last_trade_known = false;  ///< the hash covers the latest trade: only then it can be checked
  bool usable = false;  ///< TRUSTED, link not STALE, quote sane, at the last look
  std::int16_t episode_refusal = -1;  ///< refusal of the open signal episode; -1 = none open

  // The routines.
  execution::OrderHandle buy_order;
  execution::OrderHandle sell_order;
  execution::OrderHandle exit_order;
  execution::MakerBuy buy;
  execution::MakerSell sell;
  execution::Exit exit;
  execution::Waiting waiting = execution::Waiting::none;  ///< why the active routine waits
  Timestamp waiting_since;
  Timestamp cooldown_until;
  Timestamp rearm_at;
  Timestamp sell_only_at = kNever;  ///< by the parameters and the market's end
  Timestamp exit_at = kNever;
  Timestamp quoted_since;  ///< first two-sided quote
  Timestamp tier_review_at;
  Timestamp recheck_at = kNever;
  InlineVector<OwnEntry, 8> own;
  portfolio::ReadingMemory reading;
  TokenNotes notes;
  Shares operator_goal;  ///< a BuyRequest waiting to be carried out

  // Telling.
  std::string_view tier = "none";
  Timestamp last_signal;
  Timestamp last_print;
  Timestamp untrusted_from;
  std::uint64_t episode_repeats = 0;
  TokenStats stats;
  std::array<Decision, 8> decisions{};
  std::uint32_t decision_count = 0;

  void remember(const Decision& decision) { decisions[decision_count++ % decisions.size()] = decision; }
  [[nodiscard]] bool blocked(Block block) const { return (blocks & bit(block)) != 0; }
  void set(Block block, bool on) {
    blocks = static_cast<std::uint16_t>(on ? blocks | bit(block) : blocks & ~bit(block));
  }
  [[nodiscard]] bool traded() const { return !blocked(Block::not_traded); }
};

}  // namespace ebb::engine
