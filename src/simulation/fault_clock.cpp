#include "simulation/fault_clock.hpp"

#include <algorithm>

#include "simulation/world.hpp"

namespace ebb::simulation {
namespace {

using exchange::FaultKind;

/// What follows a silence: reconnects, back-offs and questions take their time.
constexpr Duration kAftermath = seconds(8);
/// A mode is believed in for two minutes and more after the venue named it (protocol 6.4).
constexpr Duration kModeAftermath = seconds(125);

bool silences(const exchange::FaultLine& line) {
  switch (line.kind) {
    case FaultKind::timeout:
    case FaultKind::status:
    case FaultKind::mode:
    case FaultKind::slow:
    case FaultKind::disconnect:
    case FaultKind::freeze:
    case FaultKind::lose:
    case FaultKind::delay:
    case FaultKind::clock_skew: return true;
    default: return false;
  }
}

bool silences(const SideLine& line) {
  return line.kind == SideFault::cut || line.kind == SideFault::lag || line.kind == SideFault::hang ||
         line.kind == SideFault::clock_jump;
}

}  // namespace

FaultClock::FaultClock(std::vector<SideLine> lines, Timestamp base, Duration length) {
  for (const SideLine& line : lines) {
    if (line.at >= length) continue;
    edges_.push_back({base + line.at, {true, line}});
    if (line.length.raw() > 0) edges_.push_back({base + std::min(line.at + line.length, length), {false, line}});
  }
  std::stable_sort(edges_.begin(), edges_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
}

void FaultClock::count_venue(const exchange::FaultScript& script) {
  for (const exchange::FaultLine& line : script.lines) ++counts_[std::string(exchange::to_text(line.kind))];
}

std::optional<SideEdge> FaultClock::take(Timestamp now) {
  if (next_time() > now) return std::nullopt;
  const SideEdge edge = edges_[next_++].second;
  if (edge.begins) ++counts_[std::string(to_text(edge.line.kind))];
  return edge;
}

bool Silences::covers(Timestamp at) const {
  return std::any_of(spans_.begin(), spans_.end(), [&](const auto& s) { return at >= s.first && at < s.second; });
}

Silences silences_of(const exchange::FaultScript& venue, const std::vector<SideLine>& side, Duration length) {
  Silences out;
  for (const exchange::FaultLine& line : venue.lines) {
    if (!silences(line)) continue;
    const Duration after = line.kind == FaultKind::mode || line.kind == FaultKind::status ? kModeAftermath : kAftermath;
    const Timestamp begin = kBeginning + line.at;
    out.add(begin, begin + line.length.value_or(Duration(0)) + after + line.settings.wait);
  }
  for (const SideLine& line : side) {
    if (line.at >= length || !silences(line)) continue;
    const Timestamp begin = kBeginning + line.at;
    out.add(begin, begin + line.length + kAftermath + line.wait);
  }
  return out;
}

}  // namespace ebb::simulation
