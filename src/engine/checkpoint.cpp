#include "engine/checkpoint.hpp"

#include <utility>

#include "base/checksum.hpp"
#include "base/state_archive.hpp"
#include "book/archive.hpp"
#include "execution/archive.hpp"
#include "model/archive.hpp"
#include "polymarket/archive.hpp"
#include "portfolio/archive.hpp"
#include "risk/archive.hpp"
#include "strategy/archive.hpp"

namespace ebb {

template <>
struct Archived<engine::AgeBuckets> {
  template <class A>
  static void visit(A& archive, engine::AgeBuckets& x) {
    auto& [counts, total] = x;
    archive(counts, total);
  }
};

/// All of an engine but what it is made with (configuration, present, markets).
template <>
struct Archived<engine::Engine> {
  using Engine = engine::Engine;
  using Names = std::set<std::string, std::less<>>;
  static constexpr std::size_t kMostNames = 4096;  // reasons and tiers: a few dozen

  enum class Section : std::uint32_t {
    markets = 0x544B524D,  // "MRKT"
    tokens = 0x4E4B4F54,   // "TOKN"
    orders = 0x5244524F,   // "ORDR"
    ledger = 0x5247444C,   // "LDGR"
    gate = 0x45544147,     // "GATE"
    timers = 0x524D4954,   // "TIMR"
    rest = 0x54534552      // "REST"
  };

  template <class A>
  static void visit(A& archive, Engine& x) {
    // Named here are all fields, so that a new one does not compile before somebody has thought about it. Left out: what
    // follows from the configuration, what belongs to the owner, and buffers that hold nothing between two inputs.
    auto& [config, sink, listener, observer, now, arrived, salts, markets, pool, feeds, traders, token_words,
           own_params, tiers, market_states, connections, traded, orders, ledger, markouts, gate, wheel, decoder,
           user_decoder, digester, maker, signer, hasher, frame, user_events, deferring, deferred, stats, no_listener,
           current_connection, venue_mode, unsettled_sell_proceeds, last_sweep, sweep_asked, reconcile, warming_up,
           stopping, feed_ended, read_names] = x;
    section(archive, Section::markets);
    archive(markets);
    if constexpr (A::kReading) make_room(archive, x);
    archive(market_states, connections);
    if constexpr (A::kReading) {
      archive.template limit<model::ConnectionIndex>(connections.size());
      check_markets(archive, x);
    }
    section(archive, Section::orders);
    archive(orders);
    section(archive, Section::ledger);
    archive(ledger, markouts);
    section(archive, Section::gate);
    archive(gate);
    section(archive, Section::tokens);
    archive(pool, own_params);
    archive.require(own_params.size() == traders.size(), "parameters of nobody");
    for (std::size_t i = 0; i < feeds.size() && archive.ok(); ++i) {
      archive(feeds[i]);
      visit_trader(archive, x, i);
    }
    archive(traded);
    section(archive, Section::timers);
    visit_timers(archive, x);
    section(archive, Section::rest);
    archive(salts, decoder, stats, current_connection, venue_mode, unsettled_sell_proceeds, last_sweep, sweep_asked,
            reconcile, warming_up, stopping, feed_ended);
    for (const model::TokenIndex token : traded) archive.require(token.valid(), "a token that is none is traded");
  }

 private:
  template <class A>
  static void section(A& archive, Section tag) {
    auto found = static_cast<std::uint32_t>(tag);
    archive(found);
    archive.require(found == static_cast<std::uint32_t>(tag), "another part than expected");
  }

  // Empty tokens, as registration makes them.
  static void make_room(ArchiveReader& archive, Engine& x) {
    const std::size_t tokens = archive.ok() ? x.markets_.token_count() : 0;
    x.pool_.grow(tokens);
    x.feeds_.resize(tokens);
    x.traders_.reserve(tokens);
    x.own_params_.resize(tokens);
    for (std::uint32_t i = 0; i < tokens; ++i) {
      x.traders_.emplace_back(x.pool_, Engine::parameters_of_no_tier());
      const std::string& id = x.markets_.token_id(model::TokenIndex(i));
      x.token_words_.push_back(crypto::word_from_decimal(id).value_or(crypto::Word{}));
    }
    x.ledger_.grow();
    x.gate_.grow();
  }

  static void check_markets(ArchiveReader& archive, const Engine& x) {
    archive.require(x.market_states_.size() == x.markets_.market_count(), "states of other markets");
    for (const auto& state : x.market_states_)
      archive.require(state.tick.raw() >= 1 && state.tick.raw() <= kPriceScale / 2, "a tick that is none");
    for (const auto& connection : x.connections_)
      archive.require(connection.second < connection.per_second.size(), "a connection out of order");
  }

  template <class A>
  static void visit_trader(A& archive, Engine& engine, std::size_t index) {
    engine::TokenTrader& x = engine.traders_[index];
    auto& [net, net_version, signal, params, window, evaluated_at, blocks, connection, has_work, last_trade_known,
           usable, episode_refusal, buy_order, sell_order, exit_order, buy, sell, exit, waiting, waiting_since,
           cooldown_until, rearm_at, sell_only_at, exit_at, quoted_since, tier_review_at, recheck_at, own, reading,
           notes, operator_goal, tier, last_signal, last_print, untrusted_from, episode_repeats, stats, decisions,
           decision_count] = x;
    archive(net, net_version);
    Archived<strategy::DipSignal>::visit(archive, signal, engine.pool_);
    visit_params(archive, engine, index);
    archive(window, evaluated_at, blocks, connection, has_work, last_trade_known, usable, episode_refusal, buy_order,
            sell_order, exit_order, buy, sell, exit, waiting, waiting_since, cooldown_until, rearm_at, sell_only_at,
            exit_at, quoted_since, tier_review_at, recheck_at, own, reading, notes, operator_goal);
    visit_name(archive, engine.read_names_, tier);
    archive(last_signal, last_print, untrusted_from, episode_repeats, stats, decision_count);
    for (engine::Decision& decision : decisions) {
      auto& [at, kind, side, price, size, reason] = decision;
      archive(at, kind, side, price, size);
      visit_name(archive, engine.read_names_, reason);
    }
    archive.require(connection.valid() && connection.value() < engine.connections_.size(), "a token of no connection");
    archive.require(episode_refusal >= -1 && episode_refusal < engine::kSignalRefusals, "a refusal without a name");
  }

  // Where the parameters stand: nowhere, with the token, or in a tier.
  template <class A>
  static void visit_params(A& archive, Engine& engine, std::size_t index) {
    engine::TokenTrader& trader = engine.traders_[index];
    const strategy::Params* own = engine.own_params_[index].get();
    std::uint32_t place = 0;
    if constexpr (!A::kReading) {
      if (own != nullptr && trader.params == own) place = 1;
      for (std::uint32_t i = 0; i < engine.tiers_.size(); ++i) {
        if (trader.params == &engine.tiers_[i].params) place = 2 + i;
      }
    }
    archive(place);
    archive.require(place < 2 + engine.tiers_.size() && (place != 1 || own != nullptr), "parameters from nowhere");
    if constexpr (A::kReading) {
      if (!archive.ok() || place == 0) return;
      trader.params = place == 1 ? own : &engine.tiers_[place - 2].params;
    }
  }

  // A static name. One that was read lives as long as its engine.
  template <class A>
  static void visit_name(A& archive, Names& names, std::string_view& name) {
    std::string_view text = name;
    archive(text);
    if constexpr (A::kReading) {
      auto it = names.find(text);
      if (it == names.end()) {
        archive.require(names.size() < kMostNames, "too many names");
        if (!archive.ok()) return;
        it = names.emplace(text).first;
      }
      name = *it;
    }
  }

  template <class A>
  static void visit_timers(A& archive, Engine& x) {
    if constexpr (A::kReading) x.wheel_ = TimerWheel(x.now_);  // without those that every new engine sets
    Archived<TimerWheel>::visit(archive, x.wheel_, [&x](const Timer& timer) {
      using Kind = Engine::TimerKind;
      if (timer.kind > static_cast<std::uint32_t>(Kind::warm)) return false;
      switch (static_cast<Kind>(timer.kind)) {
        case Kind::market_end: return timer.payload < x.markets_.market_count();
        case Kind::housekeeping:
        case Kind::warm: return true;
        default: return timer.payload < x.traders_.size();
      }
    });
  }
};

namespace engine {
namespace {

constexpr std::string_view kMagic = "EBBSTATE";
constexpr std::size_t kChecksumBytes = sizeof(std::uint64_t);
constexpr std::uint32_t kMostOrdersPerSecond = 100'000;

std::unexpected<Error> damaged(const std::string& why) {
  return fail("checkpoint.damaged", "the checkpoint cannot be used: " + why,
              "it is damaged, or another build of ebb wrote it");
}

// What the engine takes for granted of its configuration.
bool is_sound(const EngineConfig& config) {
  return crypto::parse_address(config.maker_address).has_value() &&
         (config.signer_address.empty() || crypto::parse_address(config.signer_address).has_value()) &&
         config.reevaluate_interval.raw() > 0 && config.refusal_alert_every > 0 &&
         config.limits.orders_per_second <= kMostOrdersPerSecond;
}

}  // namespace

void save_checkpoint(const Engine& engine, std::string& out) {
  const std::size_t begin = out.size();
  ArchiveWriter archive(out);
  archive.raw(kMagic.data(), kMagic.size());
  archive(kCheckpointVersion, engine.config(), engine.now());
  Archived<Engine>::visit(archive, const_cast<Engine&>(engine));  // a writer changes nothing
  archive(checksum64(std::string_view(out).substr(begin)));
}

Expected<std::unique_ptr<Engine>> load_checkpoint(std::string_view bytes, CommandSink& sink) {
  if (bytes.size() < kMagic.size() + kChecksumBytes || !bytes.starts_with(kMagic)) return damaged("it is none");
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumBytes);
  std::uint64_t sum = 0;
  ArchiveReader(bytes.substr(body.size()))(sum);
  if (sum != checksum64(body)) return damaged("its checksum is wrong");
  ArchiveReader archive(body.substr(kMagic.size()));
  std::uint32_t version = 0;
  archive(version);
  if (version != kCheckpointVersion) {
    return fail("checkpoint.version",
                "the checkpoint has version " + std::to_string(version) + ", not " + std::to_string(kCheckpointVersion),
                "use the build of ebb that wrote it");
  }
  EngineConfig config;
  Timestamp now;
  archive(config, now);
  archive.require(archive.ok() && is_sound(config), "a configuration that no engine takes");
  if (!archive.ok()) return damaged(archive.why());
  auto engine = std::make_unique<Engine>(std::move(config), sink, now);
  Archived<Engine>::visit(archive, *engine);
  if (!archive.finished()) return damaged(archive.why());
  return engine;
}

}  // namespace engine
}  // namespace ebb
