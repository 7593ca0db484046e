#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "app/json.hpp"
#include "app/stop.hpp"
#include "app/summary_text.hpp"
#include "app/time_text.hpp"
#include "app/venue_setup.hpp"
#include "store/capture_writer.hpp"

namespace ebb::app {
namespace {

constexpr Duration kFlushEvery = seconds(1);
constexpr Duration kFileLength = hours(1);
constexpr auto kLook = std::chrono::milliseconds(100);

/// Writes every frame as it came, a new file each hour. On the engine's thread.
class Recorder : public gateway::TraderObserver {
 public:
  explicit Recorder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Expected<void> begin(Timestamp now) {
    std::string name = "frames-" + iso_text(now) + ".jsonl.zst";
    std::erase(name, ':');
    const std::filesystem::path path = folder_ / name;
    TRY(writer, store::CaptureWriter::create(path.string()));
    close();
    writer_ = std::move(writer);
    files_.push_back(path.string());
    begun_ = flushed_ = now;
    return {};
  }
  void on_frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) override {
    if (!writer_ || error_) return;
    ++frames_;
    note(writer_->write(received, connection.value(), text));
  }
  void on_tick(Timestamp now) override {
    if (error_ || !writer_) return;
    if (now - begun_ >= kFileLength) note(begin(now));
    if (now - flushed_ >= kFlushEvery) {
      flushed_ = now;
      note(writer_->flush());
    }
  }
  void close() {
    if (!writer_) return;
    note(writer_->close());
    bytes_ += writer_->bytes_written();
    writer_.reset();
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_ + (writer_ ? writer_->bytes_written() : 0); }
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  void note(const Expected<void>& done) {
    if (!done && !error_) error_ = done.error();
  }
  std::filesystem::path folder_;
  std::optional<store::CaptureWriter> writer_;
  std::vector<std::string> files_;
  std::optional<Error> error_;
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
  Timestamp begun_;
  Timestamp flushed_;
};

void print_result(const RecordOptions& options, const Recorder& recorder, double wall_seconds, std::uint64_t reconnects,
                  const std::vector<Error>& errors) {
  if (!options.common.json) {
    print(fmt::format("{} frames, {} KB, {} reconnects\n", grouped(recorder.frames()), grouped(recorder.bytes() / 1024),
                      reconnects));
    for (const std::string& file : recorder.files()) print(file + "\n");
    return;
  }
  JsonWriter json;
  json.begin_object();
  write_head(json, "record", wall_seconds, errors);
  json.field("frames", recorder.frames()).field("bytes", recorder.bytes()).field("reconnects", reconnects);
  json.key("files").begin_array();
  for (const std::string& file : recorder.files()) json.value(file);
  json.end_array().end_object();
  print(json.text() + "\n");
}

}  // namespace

int run_record(const RecordOptions& options) {
  const auto config = load_config(options.common.config_file);
  if (!config) return report_errors("record", options.common, config.error(), kExitBadUsage);
  auto venue = venue_of(*config);
  if (!venue) return report_error("record", options.common, venue.error(), kExitBadUsage);
  std::error_code problem;
  std::filesystem::create_directories(options.out, problem);
  if (problem) {
    return report_error("record", options.common,
                        {"record.out", fmt::format("{} cannot be created: {}", options.out, problem.message()), {}},
                        kExitBadUsage);
  }
  auto choice = choose_markets(*venue, *config, options.tokens_file, 0);
  if (!choice) {
    const bool ours = choice.error().code.starts_with("tokens.");
    return report_error("record", options.common, choice.error(), ours ? kExitBadUsage : kExitFailed);
  }
  Recorder recorder(options.out);
  gateway::TraderConfig trader_config{.venue = std::move(*venue)};
  trader_config.feed = feed_of(*config);
  trader_config.markets = std::move(choice->markets);
  trader_config.watch_only = true;
  trader_config.observer = &recorder;
  gateway::Trader trader(std::move(trader_config));
  if (const auto begun = recorder.begin(trader.engine().now()); !begun)
    return report_error("record", options.common, begun.error(), kExitBadUsage);
  if (const auto started = trader.start(); !started)
    return report_error("record", options.common, started.error(), kExitFailed);
  const auto begun = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
  std::optional<Error> error;
  while (!stop_requested() && !error && (!options.duration || elapsed() < to_seconds(*options.duration))) {
    std::this_thread::sleep_for(kLook);
    std::uint64_t frames = 0;
    trader.call([&](engine::Engine&) {
      error = recorder.error();
      frames = recorder.frames();
    });
    if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\x1b[Kebb record  {:.0f} s  {} frames", elapsed(), frames);
  }
  if (isatty(STDERR_FILENO) == 1) fmt::print(stderr, "\r\x1b[K");
  const std::uint64_t reconnects = trader.state().reconnects;
  trader.finish();
  recorder.close();
  std::vector<Error> errors;
  if (recorder.error()) errors.push_back(*recorder.error());
  for (const Error& e : errors) fmt::print(stderr, "ebb: {}\n     {}\n", e.message, e.hint);
  print_result(options, recorder, elapsed(), reconnects, errors);
  if (!errors.empty()) return kExitFailed;
  return stop_requested() ? kExitStopped : kExitDone;
}

}  // namespace ebb::app
