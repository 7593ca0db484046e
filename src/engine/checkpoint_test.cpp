// An engine made of a checkpoint cannot be told from the one that wrote it: same commands, equal later checkpoints.
#include "engine/checkpoint.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>
#include <string>
#include <vector>

#include "base/checksum.hpp"
#include "base/random.hpp"
#include "engine/testing/fuzz_venue.hpp"

namespace ebb::engine::testing {
namespace {

/// Short times, so that a tape of minutes meets every rule.
EngineConfig config() {
  strategy::Params params = strategy::default_params();
  params.window = seconds(60);
  params.drop = strategy::Ratio(20'000);
  params.min_drop_ticks = 1;
  params.buy_ttl = seconds(40);
  params.limit_spread = false;
  params.aggressive_timeout = seconds(15);
  params.sell_idle_timeout = seconds(90);
  params.min_life = Duration(0);
  params.countdown = seconds(30);
  strategy::TierRule rule;
  rule.name = "fuzz";
  rule.params = params;
  EngineConfig config;
  config.tiers = {rule};
  config.rearm_interval = seconds(10);
  config.limits.daily_loss = dollars(1000);
  return config;
}

std::vector<Happening> random_tape(std::uint64_t seed, int length) {
  Random random(seed);
  std::vector<Happening> tape;
  for (int i = 0; i < length; ++i)
    tape.push_back(
        {static_cast<std::uint32_t>(random.below(kHappenings)), static_cast<std::uint32_t>(random.below(1u << 20))});
  return tape;
}

std::string checkpoint_of(const Engine& engine) {
  std::string bytes;
  save_checkpoint(engine, bytes);
  return bytes;
}

class CommandLines : public CommandSink {
 public:
  void on_command(const model::Command& command, Timestamp now) override {
    text += model::canonical_line(command, now);
    if (const auto* alert = std::get_if<model::Alert>(&command))
      text += "alert " + std::string(to_text(alert->kind)) + std::to_string(alert->value);
    text += '\n';
  }
  std::string text;
};

/// Follows an engine: every `every` inputs it takes a checkpoint, makes a second engine of it and lets it go on from there.
class Shadow : public InputObserver {
 public:
  Shadow(Engine& engine, std::uint64_t every) : engine_(engine), every_(every) { engine.set_input_observer(this); }
  ~Shadow() override { engine_.set_input_observer(nullptr); }

  void on_market_frame(Timestamp time, model::ConnectionIndex connection, std::string_view text) override {
    next_input();
    if (shadow_) shadow_->on_market_frame(time, connection, text);
  }
  void on_event(Timestamp time, const model::EventBody& body) override {
    next_input();
    if (shadow_) shadow_->on_event({time, body});
  }
  void on_call(Timestamp time, const Call& call) override {
    next_input();
    if (shadow_) apply(*shadow_, time, call);
  }
  void on_command(const model::Command& command, Timestamp time) override {
    if (shadow_) own_.on_command(command, time);
  }

  /// Compares what both did since the checkpoint. Between two inputs only.
  void compare() {
    if (!shadow_) return;
    EXPECT_EQ(own_.text, shadows_.text);
    commands += static_cast<std::size_t>(std::count(own_.text.begin(), own_.text.end(), '\n'));
    shadow_->advance(engine_.now());
    EXPECT_TRUE(checkpoint_of(engine_) == checkpoint_of(*shadow_)) << "after input " << inputs_;
    ++comparisons;
  }

  std::size_t comparisons = 0;
  std::size_t commands = 0;

 private:
  void next_input() {
    if (inputs_++ % every_ != 0) return;
    compare();
    own_.text.clear();
    shadows_.text.clear();
    const std::string bytes = checkpoint_of(engine_);
    auto loaded = load_checkpoint(bytes, shadows_);
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    shadow_ = std::move(*loaded);
    EXPECT_TRUE(checkpoint_of(*shadow_) == bytes) << "input " << inputs_;
  }

  Engine& engine_;
  std::uint64_t every_;
  std::uint64_t inputs_ = 0;
  CommandLines own_;
  CommandLines shadows_;
  std::unique_ptr<Engine> shadow_;
};

TEST(Checkpoint, AnEngineMadeOfOneGoesOnLikeTheOneThatWroteIt) {
  std::size_t comparisons = 0;
  std::size_t commands = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    FuzzVenue venue(config(), 2);
    Shadow shadow(venue.rig().engine(), 5 + 40 * (seed % 4));
    for (const Happening& h : random_tape(seed, 600)) {
      venue.happen(h);
      ASSERT_EQ(venue.broken(), "");
    }
    venue.make_peace();
    shadow.compare();
    ASSERT_FALSE(HasFailure()) << "seed " << seed;
    comparisons += shadow.comparisons;
    commands += shadow.commands;
  }
  EXPECT_GT(comparisons, 200U);
  EXPECT_GT(commands, 1000U);
}

TEST(Checkpoint, OfAnyTapeAndAnyMoment) {
  EXPECT_TRUE(rc::check("checkpoint", [] {
    const auto happening = rc::gen::construct<Happening>(rc::gen::inRange<std::uint32_t>(0, kHappenings),
                                                         rc::gen::inRange<std::uint32_t>(0, 1u << 20));
    const auto tape = *rc::gen::resize(300, rc::gen::container<std::vector<Happening>>(happening));
    FuzzVenue venue(config(), 2);
    Shadow shadow(venue.rig().engine(), *rc::gen::inRange<std::uint64_t>(2, 200));
    for (const Happening& h : tape) venue.happen(h);
    shadow.compare();
    RC_ASSERT(!::testing::Test::HasFailure());
  }));
}

/// A state with a bit of everything in it.
std::string busy_checkpoint() {
  FuzzVenue venue(config(), 2);
  for (const Happening& h : random_tape(3, 400)) venue.happen(h);
  venue.rig().engine().set_params(model::TokenIndex(1), strategy::fast_params(), venue.rig().now());
  return checkpoint_of(venue.rig().engine());
}

TEST(Checkpoint, DamageOfAnyByteIsNoticed) {
  const std::string bytes = busy_checkpoint();
  CommandLines sink;
  ASSERT_TRUE(load_checkpoint(bytes, sink).has_value());
  for (std::size_t i = 0; i < bytes.size(); i += 1 + i / 64) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    const auto loaded = load_checkpoint(bad, sink);
    ASSERT_FALSE(loaded.has_value()) << "byte " << i;
    EXPECT_EQ(loaded.error().code, "checkpoint.damaged");
  }
}

TEST(Checkpoint, AShorterOneIsNoticed) {
  const std::string bytes = busy_checkpoint();
  CommandLines sink;
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 32)
    ASSERT_FALSE(load_checkpoint(std::string_view(bytes).substr(0, size), sink).has_value()) << size << " bytes";
}

// With a right checksum the contents have to defend themselves: it loads, or says why not, and nothing else happens.
TEST(Checkpoint, ContentsWithARightChecksumAreNotTrustedEither) {
  const std::string bytes = busy_checkpoint();
  const std::size_t body = bytes.size() - 8;
  Random random(11);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string bad = bytes.substr(0, body);
    for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
      bad[8 + random.below(body - 8)] = static_cast<char>(random.below(256));
    if (random.chance(0.2)) bad.resize(8 + random.below(body - 8));
    const std::uint64_t sum = checksum64(bad);
    bad.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    CommandLines sink;
    const auto loaded = load_checkpoint(bad, sink);
    if (loaded) continue;
    ++refused;
    EXPECT_FALSE(loaded.error().message.empty());
  }
  EXPECT_GT(refused, 500);
}

TEST(Checkpoint, AnotherVersionIsNamed) {
  std::string bytes = busy_checkpoint();
  bytes.resize(bytes.size() - 8);
  bytes[8] = 99;
  const std::uint64_t sum = checksum64(bytes);
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
  CommandLines sink;
  const auto loaded = load_checkpoint(bytes, sink);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, "checkpoint.version");
}

}  // namespace
}  // namespace ebb::engine::testing
