// Frames on their way out. The frames of one operation form a group: they leave in the order of rules 7.6, or permuted by
// a seed (`--emit-order`), because the venue promises no order between its channels.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "exchange/messages.hpp"

namespace ebb::exchange {

class Outbox {
 public:
  explicit Outbox(std::uint64_t emit_order) : permute_(emit_order != 0), random_(Random::stream(emit_order, kStream)) {}

  /// Whether groups are permuted. Then the frames of a group must describe the state after the whole operation.
  [[nodiscard]] bool permutes() const { return permute_; }

  /// From now on; 0 = no permutation.
  void set_emit_order(std::uint64_t emit_order) {
    permute_ = emit_order != 0;
    random_ = Random::stream(emit_order, kStream);
  }

  void market(Timestamp at, model::MarketIndex market, MarketEventKind kind, model::TokenIndex token,
              std::string text) {
    group_.push_back({Channel::market, AccountIndex::none(), market, token, kind, 0, at, std::move(text)});
  }
  void user(Timestamp at, AccountIndex account, model::MarketIndex market, std::string text) {
    group_.push_back(
        {Channel::user, account, market, model::TokenIndex::none(), MarketEventKind::book, 0, at, std::move(text)});
  }
  /// Ends the operation: its frames get their places in the stream.
  void flush() {
    if (permute_) {
      for (std::size_t i = group_.size(); i > 1; --i) std::swap(group_[i - 1], group_[random_.below(i)]);
    }
    for (Outgoing& frame : group_) {
      frame.sequence = ++sequence_;
      ready_.push_back(std::move(frame));
    }
    group_.clear();
  }
  [[nodiscard]] std::vector<Outgoing> take() { return std::exchange(ready_, {}); }

 private:
  static constexpr std::uint64_t kStream = 0xE317;
  bool permute_;
  Random random_;
  std::uint64_t sequence_ = 0;
  std::vector<Outgoing> group_;
  std::vector<Outgoing> ready_;
};

}  // namespace ebb::exchange
