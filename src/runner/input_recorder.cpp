#include "runner/input_recorder.hpp"

#include <algorithm>
#include <utility>

#include "base/archive.hpp"
#include "base/checksum.hpp"
#include "engine/checkpoint.hpp"
#include "engine/input_record.hpp"

namespace ebb::runner {
namespace {

constexpr Duration kRetryAfter = seconds(1);  // a disk that is full now is full in a millisecond, too

using store::RecordKind;

std::uint64_t digest_of(const engine::EngineConfig& config) {
  std::string bytes;
  ArchiveWriter archive(bytes);
  archive(config);
  return checksum64(bytes);
}

}  // namespace

InputRecorder::InputRecorder(store::InputLogWriter& log, engine::Engine& engine, RunIdentity run)
    : log_(log), engine_(engine) {
  header_.run = std::move(run);
  header_.config_digest = digest_of(engine.config());
  scratch_.reserve(4096);
  begin(engine_.now());
  engine_.set_input_observer(this);
}

InputRecorder::~InputRecorder() { engine_.set_input_observer(nullptr); }

void InputRecorder::begin(Timestamp time) {
  header_.segment = log_.next_segment();
  header_.inputs_before = inputs_;  // without the one that waits for this segment
  header_.commands_before = commands_;
  std::string payload;
  ArchiveWriter archive(payload);
  archive(header_);
  std::string head;
  store::append_record(head, RecordKind::header, time, payload);
  payload.clear();
  engine::save_checkpoint(engine_, payload);
  store::append_record(head, RecordKind::checkpoint, time, payload);
  log_.begin_segment(time, std::move(head));
  ++header_.segment_of_run;
  header_.after_gap = false;
}

// Before each input: a segment that is full ends here, and one that was lost begins anew as soon as that is possible.
bool InputRecorder::ready(Timestamp time) {
  if (log_.recording()) [[likely]] {
    if (!log_.segment_full()) return true;
    const std::uint64_t gaps = log_.stats().gaps;
    log_.end_segment(engine_.now(), store::SegmentEnd::continued);
    if (log_.stats().gaps == gaps) begin(engine_.now());
    return log_.recording();
  }
  recover(time);
  return log_.recording();
}

void InputRecorder::recover(Timestamp now) {
  if (finished_ || log_.recording()) return;
  header_.after_gap = true;
  if (!lost_at_.is_set()) lost_at_ = now;
  if (now - lost_at_ < kRetryAfter || !log_.can_begin()) return;
  lost_at_ = {};
  begin(engine_.now());
}

void InputRecorder::on_market_frame(Timestamp time, model::ConnectionIndex connection, std::string_view text) {
  const bool ready_for_it = ready(time);
  ++inputs_;
  if (!ready_for_it) return;
  scratch_.clear();
  engine::write_frame_head(scratch_, connection, text);
  (void)log_.append(RecordKind::event, time, scratch_, text);
}

void InputRecorder::on_event(Timestamp time, const model::EventBody& body) {
  if (const auto* frame = std::get_if<model::MarketFrame>(&body)) {
    on_market_frame(time, frame->connection, frame->text);
    return;
  }
  const bool ready_for_it = ready(time);
  ++inputs_;
  if (!ready_for_it) return;
  scratch_.clear();
  engine::write_event(scratch_, body);
  (void)log_.append(RecordKind::event, time, scratch_);
}

void InputRecorder::on_call(Timestamp time, const engine::Call& call) {
  const bool ready_for_it = ready(time);
  ++inputs_;
  if (!ready_for_it) return;
  scratch_.clear();
  engine::write_call(scratch_, call);
  (void)log_.append(RecordKind::call, time, scratch_);
}

void InputRecorder::on_command(const model::Command& command, Timestamp time) {
  ++commands_;
  if (!log_.recording()) return;
  scratch_.clear();
  engine::write_command(scratch_, command);
  (void)log_.append(RecordKind::command, time, scratch_);
}

Expected<void> InputRecorder::finish() {
  finished_ = true;
  engine_.set_input_observer(nullptr);
  return log_.finish(engine_.now());
}

Expected<InputHeader> read_header(std::string_view payload) {
  InputHeader header;
  ArchiveReader archive(payload);
  archive(header);
  if (!archive.finished())
    return fail("input_log.damaged", "the header of a segment cannot be read: " + archive.why(),
                "it is damaged, or another build of ebb wrote it");
  return header;
}

}  // namespace ebb::runner
