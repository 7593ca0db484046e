// Inputs and commands of an engine as bytes, for the input log, and back.
//
// What is read was written by the same build, as a rule: fields stand in the order of the sources. Nothing that is read is
// trusted: indices lie within the engine's tables, or reading fails.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "engine/engine.hpp"
#include "engine/input.hpp"

namespace ebb::engine {

/// Each appends to `out`. A market frame, the most frequent input by far, needs no copy of its text: what stands before
/// the text is enough (write_frame_head), the text follows it.
void write_event(std::string& out, const model::EventBody& body);
void write_frame_head(std::string& out, model::ConnectionIndex connection, std::string_view text);
void write_call(std::string& out, const Call& call);
void write_command(std::string& out, const model::Command& command);

/// An event that was read; its texts point into the bytes, its trades stand here.
struct ReadEvent {
  model::EventBody body;
  std::vector<model::UserTrade> trades;
};
/// Errors: `input.damaged`.
Expected<void> read_event(std::string_view bytes, const Engine& engine, ReadEvent& event);
[[nodiscard]] Expected<Call> read_call(std::string_view bytes, const Engine& engine);
[[nodiscard]] Expected<model::Command> read_command(std::string_view bytes);

/// One line for people: what was told, in short.
[[nodiscard]] std::string input_text(const model::EventBody& body);
[[nodiscard]] std::string input_text(const Call& call);
/// The canonical line without its end; alerts, which have none, in the same style.
[[nodiscard]] std::string command_text(const model::Command& command, Timestamp time);

}  // namespace ebb::engine
