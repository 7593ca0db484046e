// The input log of a run: where it stands, how large it may become, who writes it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "base/expected.hpp"
#include "runner/input_recorder.hpp"
#include "store/input_log_writer.hpp"

namespace ebb::app {

/// In `input/` of the data directory. Null without a directory, or when the configuration turns it off. Error
/// `input_log.unwritable`.
[[nodiscard]] Expected<std::unique_ptr<store::InputLogWriter>> open_input_log(
    const std::optional<std::filesystem::path>& directory, const InputLogSettings& settings, store::WhenFull when_full);

/// This build, now.
[[nodiscard]] runner::RunIdentity run_identity(const std::string& command);

}  // namespace ebb::app
