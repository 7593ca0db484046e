#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/explain_file.hpp"
#include "app/json.hpp"
#include "app/progress.hpp"
#include "app/stop.hpp"
#include "app/summary_text.hpp"
#include "app/time_text.hpp"
#include "app/version.hpp"
#include "runner/replay.hpp"
#include "store/receive_time.hpp"

namespace ebb::app {
namespace {

using runner::ReplayResult;
using runner::SegmentReplay;

bool truncated(const ReplayResult& result) {
  return std::any_of(result.errors.begin(), result.errors.end(),
                     [](const Error& error) { return error.code == "input_log.truncated"; });
}

const runner::RunIdentity& recorded_by(const ReplayResult& result) { return result.segments.back().header.run; }

/// What every token was doing where the replay ended.
std::string explanations(const ReplayResult& result) {
  runner::RunSummary summary;
  summary.command = "replay of " + recorded_by(result).command;
  runner::summarize(*result.engine, summary);
  return explain_document(summary);
}

bool is_at_work(const ExplainedToken& token) { return token.phase != "IDLE" || token.size != "0"; }

Expected<std::string> explain_all(const ReplayResult& result, const std::string& wanted) {
  TRY(tokens, explained_tokens(explanations(result)));
  const Colour colour = colour_of_stdout();
  std::string text;
  std::size_t quiet = 0;
  for (const ExplainedToken& token : tokens) {
    const bool shown = wanted.empty() ? is_at_work(token) : token.token_id.starts_with(wanted);
    if (shown) {
      text += "\n" + explain_text(token, colour);
    } else {
      ++quiet;
    }
  }
  if (text.empty() && !wanted.empty())
    return fail("explain.unknown", fmt::format("no traded token begins with {}", wanted), "");
  if (quiet > 0 && wanted.empty())
    text += fmt::format("\n{} more tokens were idle; --token TOKEN explains one of them\n", quiet);
  return text;
}

std::string segment_line(const SegmentReplay& segment) {
  const char* state = "";
  if (segment.state_agrees) state = *segment.state_agrees ? ", begins in the same state" : ", BEGINS IN ANOTHER STATE";
  return fmt::format("  segment {:>4}  {} to {}  {:>11} inputs {:>8} commands  {}{}\n", segment.header.segment,
                     iso_text(segment.first), iso_text(segment.last), grouped(segment.inputs),
                     grouped(segment.commands), runner::to_text(segment.outcome), state);
}

std::string difference_text(const runner::ReplayDifference& d) {
  std::string text = fmt::format("\nfirst difference: {}, segment {}, input {} of the run, {}\n", d.what, d.segment,
                                 grouped(d.input), iso_text(d.at));
  text += "before it:\n";
  for (const std::string& line : d.before) text += "  " + line + "\n";
  text += "recorded:  " + (d.expected.empty() ? "nothing" : d.expected) + "\n";
  text += "replayed:  " + (d.actual.empty() ? "nothing" : d.actual) + "\n";
  return text;
}

std::string result_text(const ReplayResult& r) {
  const runner::RunIdentity& run = recorded_by(r);
  std::string text =
      fmt::format("{}: {} commands of {} inputs compared, {} differences\n", r.identical() ? "identical" : "DIFFERENT",
                  grouped(r.commands), grouped(r.inputs), r.differences);
  text += fmt::format("recorded by ebb {} {} (commit {}), started {}\n", run.command, run.version, run.commit,
                      iso_text(run.started));
  for (const SegmentReplay& segment : r.segments) text += segment_line(segment);
  text +=
      fmt::format("inputs: {} market frames, {} user frames, {} answers, {} operator requests, {} timers, {} others\n",
                  grouped(r.market_frames), grouped(r.user_frames), grouped(r.answers), grouped(r.operator_requests),
                  grouped(r.timers), grouped(r.other_inputs));
  text += fmt::format("commands_sha256 {}\n", r.commands_sha256);
  if (r.first_difference) text += difference_text(*r.first_difference);
  return text;
}

void write_segments(JsonWriter& json, const ReplayResult& r) {
  json.key("segments").begin_array();
  for (const SegmentReplay& segment : r.segments) {
    json.begin_object()
        .field("segment", segment.header.segment)
        .field("first", iso_text(segment.first))
        .field("last", iso_text(segment.last))
        .field("bytes", segment.bytes)
        .field("checkpoint_bytes", segment.checkpoint_bytes)
        .field("inputs", segment.inputs)
        .field("commands", segment.commands)
        .field("outcome", runner::to_text(segment.outcome));
    json.key("state_agrees");
    segment.state_agrees ? json.value(*segment.state_agrees) : json.null();
    json.end_object();
  }
  json.end_array();
}

void write_difference(JsonWriter& json, const ReplayResult& r) {
  json.key("first_difference");
  if (!r.first_difference) {
    json.null();
    return;
  }
  const runner::ReplayDifference& d = *r.first_difference;
  json.begin_object()
      .field("what", d.what)
      .field("segment", d.segment)
      .field("input", d.input)
      .field("at", iso_text(d.at))
      .field("expected", d.expected)
      .field("actual", d.actual);
  json.key("before").begin_array();
  for (const std::string& line : d.before) json.value(line);
  json.end_array().end_object();
}

std::string result_json(const ReplayResult& r, double wall_seconds) {
  const runner::RunIdentity& run = recorded_by(r);
  JsonWriter json;
  json.begin_object();
  std::vector<Error> errors = r.errors;
  if (!r.identical()) errors.push_back({"replay.different", "the replay went another way than the recorded run", ""});
  write_head(json, "replay", wall_seconds, errors);
  json.key("recorded")
      .begin_object()
      .field("command", run.command)
      .field("version", run.version)
      .field("commit", run.commit)
      .field("started", iso_text(run.started))
      .end_object();
  json.key("events")
      .begin_object()
      .field("total", r.inputs)
      .key("by_type")
      .begin_object()
      .field("market_frame", r.market_frames)
      .field("user_frame", r.user_frames)
      .field("answer", r.answers)
      .field("operator", r.operator_requests)
      .field("timers", r.timers)
      .field("other", r.other_inputs)
      .end_object()
      .end_object();
  json.field("commands_compared", r.commands)
      .field("states_compared", r.states)
      .field("differences", r.differences)
      .field("identical", r.identical())
      .field("truncated", truncated(r))
      .field("from_start", r.segments.front().header.segment_of_run == 0)
      .field("commands_sha256", r.commands_sha256);
  write_difference(json, r);
  write_segments(json, r);
  json.key("until");
  r.reached_until ? json.value(iso_text(r.engine->now())) : json.null();
  if (r.reached_until) {
    std::string document = explanations(r);
    while (!document.empty() && document.back() == '\n') document.pop_back();
    json.key("explain").raw(document);
  }
  json.end_object();
  return json.text() + "\n";
}

void warn_of_another_build(const ReplayResult& result) {
  const runner::RunIdentity& run = recorded_by(result);
  if (run.commit == build_info().commit) return;
  fmt::print(stderr,
             "ebb: the log was written by commit {}, this is {}: what is decided otherwise now shows as a difference\n",
             run.commit, build_info().commit);
}

}  // namespace

Expected<Timestamp> parse_moment(const std::string& text) {
  if (const auto time = store::parse_receive_time(text)) return *time;
  return fail("value.time", fmt::format("\"{}\" is no time", text),
              "2026-01-31T12:00:00Z, or seconds or milliseconds since 1970");
}

int run_replay(const ReplayCommandOptions& options) {
  const WallClock clock;
  auto result = [&] {
    ProgressBar bar("replay");
    return runner::replay({.directory = options.directory,
                           .segment = options.segment,
                           .all_runs = options.all_runs,
                           .until = options.until,
                           .progress = [&](const runner::ReplayProgress& progress) {
                             bar.show(progress.bytes_done, progress.bytes_total,
                                      fmt::format("{} inputs", progress.inputs));
                             return !stop_requested();
                           }});
  }();
  if (!result) return report_error("replay", options.common, result.error(), kExitBadUsage);
  warn_of_another_build(*result);
  for (const Error& error : result->errors)
    fmt::print(stderr, "ebb: {}\n{}{}{}", error.message, error.hint.empty() ? "" : "     ", error.hint,
               error.hint.empty() ? "" : "\n");
  if (options.until && !result->reached_until && !result->interrupted)
    fmt::print(stderr, "ebb: the log ends before {}\n", iso_text(*options.until));
  if (options.common.json) {
    print(result_json(*result, clock.seconds()));
  } else {
    print(result_text(*result));
    if (options.until) {
      const auto text = explain_all(*result, options.token);
      if (!text) return report_error("replay", options.common, text.error(), kExitBadUsage);
      print(*text);
    }
  }
  if (result->interrupted) return kExitStopped;
  return result->identical() && result->errors.empty() ? kExitDone : kExitFailed;
}

}  // namespace ebb::app
