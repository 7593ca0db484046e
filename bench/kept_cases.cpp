#include "bench/kept_cases.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "bench/fanout.hpp"
#include "bench/runner.hpp"
#include "gateway/journal_link.hpp"
#include "runner/input_recorder.hpp"
#include "store/input_log_writer.hpp"
#include "store/journal.hpp"

namespace ebb::bench {
namespace {

constexpr std::uint32_t kTokens = 5'000;
constexpr std::int64_t kWarmFrames = 100'000;
// A burst is half of what the log's chunks hold; between two of them its thread compresses and writes. Full load without end
// (600 MB/s of frames, ten thousand times what the venue sends) would measure the disk.
constexpr std::int64_t kBurst = 10'000;
constexpr auto kBetweenBursts = std::chrono::milliseconds(40);
constexpr auto kFlushTimeout = seconds(10);

enum class Kept : std::uint8_t { nothing, journal, journal_and_inputs };

/// An engine under the fan-out load, in bursts.
class KeptEngine : private engine::EngineListener {
 public:
  explicit KeptEngine(Kept kept) : fanout_(kTokens) {
    if (kept != Kept::nothing) open_journal();
    if (kept == Kept::journal_and_inputs) open_input_log();
    (void)run(kWarmFrames);
  }
  ~KeptEngine() override {
    if (recorder_) CHECK(recorder_->finish().has_value());
    recorder_.reset();
    if (link_) CHECK(link_->stop(kFlushTimeout).has_value());
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
  }
  KeptEngine(const KeptEngine&) = delete;
  KeptEngine& operator=(const KeptEngine&) = delete;

  /// Seconds of the engine's thread.
  double run(std::int64_t frames) {
    double spent = 0.0;
    for (std::int64_t done = 0; done < frames; done += kBurst) {
      std::this_thread::sleep_for(kBetweenBursts);
      if (link_) link_->on_tick();
      spent += fanout_.run(std::min(kBurst, frames - done));
    }
    return spent;
  }

  [[nodiscard]] std::uint64_t lost_records() const { return link_->lost(); }
  [[nodiscard]] store::InputLogStats log_stats() const { return log_->stats(); }

 private:
  void on_record(const model::Record& record) override { link_->record(record); }

  void open_journal() {
    engine::Engine& engine = fanout_.engine();
    std::string name = (std::filesystem::temp_directory_path() / "ebb-bench-XXXXXX").string();
    CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    auto journal = store::Journal::open({.directory = folder_, .now = engine.now()});
    CHECK(journal.has_value());
    journal_ = std::make_unique<store::Journal>(std::move(*journal));
    CHECK(journal_->db().begin_run({engine.now(), {"paper", "0x00000000000000000000000000000000000000a1"}, "bench"}));
    link_ = std::make_unique<gateway::JournalLink>(*journal_);
    for (std::uint32_t i = 0; i < engine.markets().market_count(); ++i) {
      link_->add_market(engine.markets(), model::MarketIndex(i), engine.now());
      link_->on_tick();
    }
    CHECK(link_->flush(kFlushTimeout).has_value());
    engine.set_listener(this);
  }

  void open_input_log() {
    engine::Engine& engine = fanout_.engine();
    auto log = store::InputLogWriter::open({.directory = folder_ / "input"});
    CHECK(log.has_value());
    log_ = std::move(*log);
    recorder_ = std::make_unique<runner::InputRecorder>(
        *log_, engine,
        runner::RunIdentity{.command = "bench", .version = "bench", .commit = "", .started = engine.now()});
  }

  Fanout fanout_;
  std::filesystem::path folder_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<gateway::JournalLink> link_;
  std::unique_ptr<store::InputLogWriter> log_;
  std::unique_ptr<runner::InputRecorder> recorder_;
};

}  // namespace

namespace {

struct Engines {
  std::unique_ptr<KeptEngine> nothing, journal, inputs;

  double run(Kept kept, std::int64_t events) {
    auto& engine = kept == Kept::nothing ? nothing : kept == Kept::journal ? journal : inputs;
    if (!engine) engine = std::make_unique<KeptEngine>(kept);
    const std::int64_t frames = std::max<std::int64_t>(1, events / Fanout::kEventsPerFrame);
    return engine->run(frames) * static_cast<double>(events) / static_cast<double>(frames * Fanout::kEventsPerFrame);
  }

  /// What the input log costs on top, in turns with the bare engine.
  std::vector<Extra> figures() {
    constexpr std::int64_t kEvents = 200'000;
    std::vector<double> with;
    std::vector<double> without;
    for (int i = 0; i < kRuns; ++i) {
      with.push_back(run(Kept::journal_and_inputs, kEvents));
      without.push_back(run(Kept::nothing, kEvents));
    }
    std::ranges::sort(with);
    std::ranges::sort(without);
    const double kept = with[kRuns / 2];
    const double bare = without[kRuns / 2];
    const store::InputLogStats log = inputs->log_stats();
    return {{"journal_lost", static_cast<double>(journal->lost_records() + inputs->lost_records())},
            {"with_input_log_ops_per_second", static_cast<double>(kEvents) / kept},
            {"with_input_log_ratio", bare / kept},
            {"input_log_ns_per_event", (kept - bare) * 1e9 / static_cast<double>(kEvents)},
            {"input_log_gaps", static_cast<double>(log.gaps)},
            {"input_log_compression", static_cast<double>(log.raw_bytes) / static_cast<double>(log.stored_bytes)}};
  }
};

}  // namespace

void add_kept_cases(std::vector<Case>& cases) {
  auto engines = std::make_shared<Engines>();
  Case c;
  c.name = "engine/journal";
  c.unit = Unit::ops_per_second;
  c.ours = [engines](std::int64_t events) { return engines->run(Kept::journal, events); };
  c.reference = "the same engine without a journal";
  c.reference_run = [engines](std::int64_t events) { return engines->run(Kept::nothing, events); };
  c.extra = [engines] { return engines->figures(); };
  c.release = [engines] { *engines = {}; };
  c.min_seconds = 0.3;
  cases.push_back(std::move(c));
}

}  // namespace ebb::bench
