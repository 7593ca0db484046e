#include "simulation/shrink.hpp"

#include <algorithm>
#include <utility>

namespace ebb::simulation {
namespace {

using Lines = std::vector<std::string>;

/// Without lines [begin, end).
Lines without(const Lines& lines, std::size_t begin, std::size_t end) {
  Lines rest(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(begin));
  rest.insert(rest.end(), lines.begin() + static_cast<std::ptrdiff_t>(end), lines.end());
  return rest;
}

}  // namespace

Shrunk shrink(Lines lines, const std::function<bool(const Lines&)>& fails, std::size_t most_runs) {
  Shrunk result;
  const auto still_fails = [&](const Lines& candidate) {
    if (result.runs >= most_runs) return false;
    ++result.runs;
    return fails(candidate);
  };
  if (still_fails({})) return result;
  // Parts are left out, one after the other, at first large ones; when none can be spared they are cut in half.
  std::size_t part = std::max<std::size_t>(1, lines.size() / 2);
  while (!lines.empty()) {
    bool spared = false;
    for (std::size_t begin = 0; begin < lines.size();) {
      Lines fewer = without(lines, begin, std::min(begin + part, lines.size()));
      if (fewer.empty() || !still_fails(fewer)) {
        begin += part;
        continue;
      }
      lines = std::move(fewer);
      spared = true;
    }
    if (part == 1 && !spared) break;
    if (part > 1) part = (part + 1) / 2;
  }
  result.lines = std::move(lines);
  return result;
}

}  // namespace ebb::simulation
