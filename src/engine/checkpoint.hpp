// The whole state of an engine as bytes, and an engine made of them.
//
// An engine made from a checkpoint goes on exactly as the one that wrote it: the same input gives the same commands and
// equal later checkpoints. Equal states give equal bytes, on every machine and with every build of the same sources.
//
// Format, little-endian: "EBBSTATE", u32 kCheckpointVersion, sections (u32 tag, contents), u64 checksum64 of all before it.
// A checkpoint is for the build that wrote it: contents follow the order of the fields in the sources.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "engine/engine.hpp"

namespace ebb::engine {

/// Raised when the meaning of a state changes without its fields.
inline constexpr std::uint32_t kCheckpointVersion = 1;

/// Appends the engine's state. Not to be called while the engine handles an input (a sink or listener must not).
void save_checkpoint(const Engine& engine, std::string& out);

/// Errors: `checkpoint.damaged` (too short, wrong checksum, contents that contradict themselves), `checkpoint.version`.
[[nodiscard]] Expected<std::unique_ptr<Engine>> load_checkpoint(std::string_view bytes, CommandSink& sink);

}  // namespace ebb::engine
