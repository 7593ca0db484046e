// A trader without a machine: the very engine and session machines of `ebb run`, tied to the simulated network. Its two threads
// (engine with feed and user stream; desk with authenticated REST) are two actors that hand over to each other through queues
// and may stand still.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/flat_map.hpp"
#include "checker/checker.hpp"
#include "engine/engine.hpp"
#include "model/owned_event.hpp"
#include "polymarket/auth.hpp"
#include "runner/checker_feed.hpp"
#include "session/market_feed.hpp"
#include "session/order_desk.hpp"
#include "session/user_stream.hpp"
#include "simulation/disk.hpp"
#include "simulation/network.hpp"
#include "simulation/scenario.hpp"
#include "simulation/script.hpp"

namespace ebb::simulation {

/// Who the trader is at the venue.
struct Account {
  std::string private_key;  ///< hex; made from the seed
  crypto::Address address{};
  polymarket::ApiCredentials credentials;
};

/// Sees every command, and the moments at which a crash is most interesting.
class TraderWatch {
 public:
  virtual ~TraderWatch() = default;
  virtual void on_command(const model::Command& command, Timestamp now) = 0;
  virtual void on_record(const model::Record& record, const engine::Engine& engine) = 0;
  /// True: the trader dies here and now.
  [[nodiscard]] virtual bool dies_at(CrashMoment moment) = 0;
};

/// What a trader did until it ended, for the result.
struct TraderCounts {
  std::uint64_t market_events = 0;  ///< (message, asset) pairs
  std::uint64_t private_events = 0;  ///< user frames, answers, readings, connections
  std::uint64_t timer_evaluations = 0;
  std::uint64_t orders = 0;
  std::uint64_t fills = 0;
  [[nodiscard]] std::uint64_t events() const { return market_events + private_events + timer_evaluations; }
  TraderCounts& operator+=(const TraderCounts& other);
};

class SimTrader final : public TraderEnd {
 public:
  /// Everything outlives the trader. Times are the run's; the trader's own clock is ahead by `clock`.
  SimTrader(const Scenario& scenario, const Account& account, const std::vector<model::MarketSpec>& markets,
            Network& network, Disk& disk, checker::Checker& checker, TraderWatch& watch,
            const model::Recovery& recovery, Timestamp now, Duration clock);
  ~SimTrader() override;

  /// Goes on where the disk says that an earlier run ended.
  void start(Timestamp now, const model::Recovery& recovery);
  /// Nothing that it does from now on reaches anybody. To be destroyed soon.
  void die() { dead_ = true; }
  [[nodiscard]] bool dead() const { return dead_; }
  /// Runs what is due.
  void on_time(Timestamp now);
  [[nodiscard]] Timestamp next_time() const;

  void hang(HangPart part, bool stands_still, Timestamp now);
  void jump(Duration ahead) { clock_ += ahead; }
  [[nodiscard]] Duration clock() const { return clock_; }
  void operate(Timestamp now, const model::OperatorRequest& request);
  void begin_stop(Timestamp now);
  void cancel_all(Timestamp now);

  [[nodiscard]] engine::Engine& engine() { return *engine_; }
  [[nodiscard]] const engine::Engine& engine() const { return *engine_; }
  [[nodiscard]] runner::CheckerFeed& claims() { return *claims_; }
  [[nodiscard]] const session::OrderDesk& desk() const { return *desk_; }
  [[nodiscard]] const session::MarketFeed& feed() const { return *feed_; }
  [[nodiscard]] bool standing_still() const { return engine_stands_ || desk_stands_; }
  [[nodiscard]] TraderCounts counts() const;

  // TraderEnd
  void on_link_open(Timestamp now, LinkId link) override;
  void on_link_text(Timestamp now, LinkId link, const std::shared_ptr<const std::string>& text) override;
  void on_link_closed(Timestamp now, LinkId link) override;
  void on_answer(Timestamp now, RequestName name, Expected<HttpResponse> response) override;

 private:
  class EngineSide;
  class FeedSide;
  class UserSide;
  class DeskSide;
  enum class Owner : std::uint8_t { feed, orders, heartbeat };
  static constexpr LinkId kNone = 0;

  /// The trader's clock.
  [[nodiscard]] Timestamp own(Timestamp now) const { return now + clock_; }
  void to_engine(Timestamp now, std::function<void(Timestamp)> work);
  void to_desk(Timestamp now, std::function<void(Timestamp)> work);
  void tick_engine(Timestamp now);
  void look_at_journal(Timestamp now);
  void reach(CrashMoment moment);
  void every_second(Timestamp now);
  void take_own(const model::Event& event);
  void tell_checker(const model::Event& event);
  [[nodiscard]] std::vector<model::TokenIndex> tokens_at_stake() const;

  const Scenario& scenario_;
  Network& network_;
  checker::Checker& checker_;
  Disk& disk_;
  TraderWatch& watch_;
  Timestamp now_;  ///< the run's, of the call under way
  Duration clock_;
  Random random_;
  std::unique_ptr<EngineSide> engine_side_;
  std::unique_ptr<FeedSide> feed_side_;
  std::unique_ptr<UserSide> user_side_;
  std::unique_ptr<DeskSide> desk_side_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<runner::CheckerFeed> claims_;
  std::unique_ptr<session::MarketFeed> feed_;
  std::unique_ptr<session::UserStream> user_;
  std::unique_ptr<session::OrderDesk> desk_;
  std::set<std::uint64_t> trades_requests_;  ///< of the desk, under way
  FlatMap<model::OrderId, model::IntentRecord, std::hash<model::OrderId>> intents_;  ///< of orders without an answer
  std::vector<LinkId> market_links_;  ///< by socket
  LinkId user_link_ = kNone;

  /// Handed over between the threads, not taken yet.
  struct Handed {
    Timestamp at;
    model::Command command;
  };
  struct Told {
    Timestamp at;
    std::unique_ptr<model::OwnedEvent> event;
  };
  std::deque<Handed> commands_;
  std::deque<Told> events_;
  std::deque<std::function<void(Timestamp)>> engine_backlog_, desk_backlog_;  ///< of a thread that stands still
  bool engine_stands_ = false;
  bool desk_stands_ = false;
  bool dead_ = false;
  bool intent_refused_ = false;
  Timestamp begun_;
  Timestamp sweep_from_;
  Timestamp next_journal_look_;
  Timestamp next_tick_;
  Timestamp next_second_;
  Timestamp next_payouts_;
  std::vector<model::OrderId> closed_;
  std::uint64_t private_events_ = 0;
};

}  // namespace ebb::simulation
