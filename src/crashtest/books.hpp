// The trader's own books after all its restarts: its journal, and the result of its last life.
#pragma once

#include <filesystem>
#include <string>

#include "base/expected.hpp"
#include "crashtest/judge.hpp"

namespace ebb::crashtest {

/// `journal`: of every life. `result`: what `ebb run --json` printed last. Errors: `crashtest.journal`, `crashtest.result`.
[[nodiscard]] Expected<Books> read_books(const std::filesystem::path& journal, const std::string& wallet,
                                         const std::string& result);

}  // namespace ebb::crashtest
