// What demo and backtest do with a result: leave explain.json behind, print it, choose the exit code.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/commands.hpp"
#include "base/expected.hpp"
#include "runner/summary.hpp"

namespace ebb::app {

/// The directory for a run's files, checked before anything runs. A directory that was asked for (`--data-dir`) and
/// cannot be written is an error; the usual one is only warned about (nothing is left behind then).
[[nodiscard]] Expected<std::optional<std::filesystem::path>> run_directory(const CommonOptions& common);

/// Writes explain.json. A failure is an error of the run where the directory was asked for, else a warning.
void leave_explain(const std::optional<std::filesystem::path>& directory, const CommonOptions& common,
                   runner::RunSummary& summary);

/// Prints the result; errors also go to stderr.
void print_summary(const runner::RunSummary& summary, const CommonOptions& common, bool verbose);

enum class Stopped : std::uint8_t { no, by_signal };
/// 1 after a violation; else 130 when a signal stopped the run; else 1 after an error; else 0.
[[nodiscard]] int run_exit_code(const runner::RunSummary& summary, Stopped stopped);

}  // namespace ebb::app
