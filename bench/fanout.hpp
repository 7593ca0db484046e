// The fan-out workload: an engine that trades `tokens` tokens, and price_change frames of the live venue's shape and size
// for a random market each. Every frame moves the touch of both tokens of its market, so every event is evaluated.
// Shared by the benchmark and by the test that counts heap allocations.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "engine/engine.hpp"
#include "telemetry/histogram.hpp"

namespace ebb::bench {

class Fanout {
 public:
  static constexpr int kEventsPerFrame = 2;

  explicit Fanout(std::uint32_t tokens, std::uint64_t seed = 1);
  ~Fanout();
  Fanout(const Fanout&) = delete;
  Fanout& operator=(const Fanout&) = delete;

  /// Feeds `frames` frames; returns the wall seconds.
  double run(std::int64_t frames);
  /// The same with the time from bytes to decision of each frame in the histogram (ns).
  void run_measured(std::int64_t frames, telemetry::Histogram& latency);

  /// Heap allocations of the engine alone in so many frames, by a counter of the caller.
  std::uint64_t run_counted(std::int64_t frames, std::uint64_t (*heap_allocations)());

  [[nodiscard]] const engine::Engine& engine() const { return *engine_; }
  [[nodiscard]] engine::Engine& engine() { return *engine_; }
  [[nodiscard]] std::uint64_t commands() const { return sink_.count; }
  [[nodiscard]] std::size_t frame_bytes() const { return frames_.front().size(); }

 private:
  static constexpr int kSteps = 6;  // frames of a market's cycle

  struct Sink : engine::CommandSink {
    void on_command(const model::Command&, Timestamp) override { ++count; }
    std::uint64_t count = 0;
  };
  struct Step {
    bool buy = true;
    int price = 0;
    int size = 0;
    int best_bid = 0, best_ask = 0;
  };
  void add_market(std::uint32_t index);
  /// The next frame of a random market in the receive buffer, as a socket read would leave it there.
  std::string_view next_frame();
  void write_hashes(std::uint32_t market, std::size_t frame);
  [[nodiscard]] std::string hash_of(model::TokenIndex token, const book::Book& book, std::int64_t ms);

  Random random_;
  Sink sink_;
  std::unique_ptr<engine::Engine> engine_;
  std::vector<char> buffer_;  // where a socket read would put a frame
  std::vector<std::string> frames_;  // kSteps for each market
  std::vector<std::size_t> stamp_at_;  // where the timestamp stands in each
  std::vector<std::array<std::size_t, 2>> hash_at_;  // where the hashes of both entries stand
  std::vector<Step> steps_;  // what each frame says of the YES token
  std::vector<std::uint8_t> step_;  // where each market is in its cycle
  std::vector<Timestamp> hashed_at_;  // when each market last got frames with true hashes
  polymarket::BookHasher hasher_;
  double hashing_seconds_ = 0.0;  // spent on preparing true hashes: not the engine's work
  Timestamp now_;
};

}  // namespace ebb::bench
