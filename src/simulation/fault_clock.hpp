// When the faults of the trader's side begin and end, and when the venue cannot be expected to answer.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "simulation/script.hpp"

namespace ebb::simulation {

struct SideEdge {
  bool begins = true;
  SideLine line;
};

class FaultClock {
 public:
  /// Lines that begin after `length` are left out; those that outlast it end with it.
  FaultClock(std::vector<SideLine> lines, Timestamp base, Duration length);
  /// The venue keeps its own faults; here they are only counted.
  void count_venue(const exchange::FaultScript& script);
  [[nodiscard]] Timestamp next_time() const { return next_ < edges_.size() ? edges_[next_].first : kNever; }
  /// The next beginning or end up to `now`.
  [[nodiscard]] std::optional<SideEdge> take(Timestamp now);
  [[nodiscard]] const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  std::vector<std::pair<Timestamp, SideEdge>> edges_;  // in order of time
  std::size_t next_ = 0;
  std::map<std::string, std::uint64_t> counts_;
};

/// Spans in which orders, cancels or questions may find no answer: bounds do not run (rules 10).
class Silences {
 public:
  void add(Timestamp from, Timestamp until) { spans_.emplace_back(from, until); }
  [[nodiscard]] bool covers(Timestamp at) const;

 private:
  std::vector<std::pair<Timestamp, Timestamp>> spans_;
};
[[nodiscard]] Silences silences_of(const exchange::FaultScript& venue, const std::vector<SideLine>& side,
                                   Duration length);

}  // namespace ebb::simulation
