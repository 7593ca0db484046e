// Tells a quiet market from a frozen socket (protocol 2.5: socket open, PONGs fine, no data).
//
// Silence proves nothing: markets end and nights are long. It makes the connection suspicious, by its own rate; then REST
// is asked. A REST book that is newer than ours and stays so, while the connection brings nothing at all, is the proof. A
// connection that nothing is suspected of is sampled by a slow rota, which also finds single tokens that fell behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "session/feed_config.hpp"
#include "session/feed_sink.hpp"
#include "session/rate_meter.hpp"

namespace ebb::session {

/// What a cross-check should ask REST for.
enum class CheckWish : std::uint8_t { nothing, rota, some, all, again };
enum class FreezeVerdict : std::uint8_t { fine, frozen, blind_silence, no_data, token_lags };

/// REST is ahead of our stream in this token.
struct AheadBook {
  model::TokenIndex token;
  std::int64_t rest_ms = 0;
};

class DataWatchdog {
 public:
  DataWatchdog(const WatchdogConfig& config, Random random) : config_(&config), random_(random) {}

  void opened(Timestamp now);
  void closed() { open_ = false; }
  /// A data frame came. The hot path.
  void on_data(Timestamp now) {
    meter_.count();
    last_data_ = now;
  }

  /// What to ask now. Anything but `nothing` counts as asked: on_sampled() must follow. `again` = the tokens of doubtful().
  [[nodiscard]] CheckWish wish(Timestamp now);
  /// Tokens that were behind once while the connection brought data: to be asked for again.
  [[nodiscard]] const std::vector<model::TokenIndex>& doubtful() const { return doubtful_; }
  /// The answer: how many books it held (0 = the request failed), and which of them are ahead of ours. Whether it clears
  /// a suspicion.
  bool on_sampled(Timestamp now, std::size_t books, std::span<const AheadBook> ahead);
  /// What is to be concluded by now. A verdict other than `fine` is given once; `lagging` tells whose with token_lags.
  [[nodiscard]] FreezeVerdict verdict(Timestamp now, const BookSource& books, model::TokenIndex& lagging);
  [[nodiscard]] Timestamp next_timer(Timestamp now) const;

  [[nodiscard]] Timestamp last_data() const { return last_data_; }
  [[nodiscard]] double rate(Timestamp now) const { return meter_.rate(now); }

 private:
  struct Evidence {
    model::TokenIndex token;
    std::int64_t rest_ms = 0;
    Timestamp at;
    bool second = false;
  };
  [[nodiscard]] Duration threshold(double rate) const;
  [[nodiscard]] bool heard_since_open() const { return last_data_ > opened_; }
  [[nodiscard]] bool spell_is_new() const { return spell_ != last_data_; }
  void begin_spell();
  FreezeVerdict judge(Timestamp now, const BookSource& books, model::TokenIndex& lagging);
  bool may_say_frozen(Timestamp now);

  const WatchdogConfig* config_;
  Random random_;
  RateMeter meter_;
  bool open_ = false;
  Timestamp opened_;
  Timestamp last_data_;  // opened_ until the first frame
  Timestamp asked_;  // a sample is under way since; unset = none
  bool asked_again_ = false;
  Timestamp next_rota_;
  Timestamp spell_;  // last_data_ of the silence that the next three describe
  std::uint32_t checks_ = 0;
  bool answered_ = false;
  bool books_exist_ = false;
  Timestamp next_check_;
  std::vector<Evidence> evidence_;
  std::vector<model::TokenIndex> doubtful_;
  Timestamp doubtful_at_ = kNever;
  Timestamp blind_from_;
  Timestamp frozen_from_;
  Timestamp last_frozen_;
  Duration frozen_pause_{0};
  std::uint32_t empty_verdicts_ = 0;
};

}  // namespace ebb::session
