// The deliberate defects of base/mutant.hpp by name, for the command line.
#pragma once

#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace ebb::simulation {

/// One a line: name, what it breaks, the rule that should notice. The same in every build.
[[nodiscard]] std::string mutant_catalogue();

/// Breaks the trader of this process; to be called before anything else. A program without defects compiled in, which is
/// every one but ebb-simulate-mutants, becomes that one with the same arguments, if it lies beside it, and does not return.
/// Errors: "mutant.unknown"; "mutant.not_built".
[[nodiscard]] Expected<void> select_mutant(std::string_view name, char** argv);

}  // namespace ebb::simulation
