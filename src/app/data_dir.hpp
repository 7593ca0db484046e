// Where a run keeps its files.
#pragma once

#include <filesystem>
#include <string>

#include "base/expected.hpp"

namespace ebb::app {

/// The directory of `--data-dir`, else $XDG_STATE_HOME/ebb, else $HOME/.local/state/ebb. Error `data_dir.unknown` when
/// none of them is given.
[[nodiscard]] Expected<std::filesystem::path> data_dir_path(const std::string& option);

/// The same, created if need be (mode 0700) and proved writable. Errors `data_dir.unknown`, `data_dir.unwritable`.
[[nodiscard]] Expected<std::filesystem::path> open_data_dir(const std::string& option);

}  // namespace ebb::app
