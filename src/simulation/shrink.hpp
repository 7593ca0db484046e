// Fewer lines of a fault script that still break the same rule.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace ebb::simulation {

struct Shrunk {
  std::vector<std::string> lines;  ///< in their order; without any one of them it does not fail any more
  std::size_t runs = 0;            ///< how often it was tried
};

/// Delta debugging. `fails` is a pure function of the lines and holds for all of them; at most `most_runs` calls.
[[nodiscard]] Shrunk shrink(std::vector<std::string> lines,
                            const std::function<bool(const std::vector<std::string>&)>& fails,
                            std::size_t most_runs = 1'000);

}  // namespace ebb::simulation
