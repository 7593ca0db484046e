// Figures of a long run, taken every few seconds, and whether they drift.
//
// The first fifth of a run is its warm-up: books fill, connections open, caches and pools grow to what the load needs. What is
// judged is the rest, by robust statistics: a single late sample, a burst of the market or of the machine says nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ebb::soak {

/// One figure at several times.
struct Series {
  std::string name;
  std::string unit;
  std::vector<double> at;  ///< seconds since the start
  std::vector<double> value;
  void add(double when, double what) {
    at.push_back(when);
    value.push_back(what);
  }
};

/// Median of all slopes between two samples (Theil-Sen), per second: up to 29 % of the samples may be anything. 0 for fewer than two.
[[nodiscard]] double theil_sen(const Series& series);
[[nodiscard]] double median(std::vector<double> values);
/// Samples from that time on.
[[nodiscard]] Series from(const Series& series, double second);

/// What a series may do after its warm-up.
struct Bound {
  enum class Kind : std::uint8_t {
    level,  ///< slope x length is at most `absolute`, or `relative` x median
    latency  ///< median of the last third is at most (1 + relative) x that of the first third + absolute
  };
  Kind kind = Kind::level;
  double absolute = 0;
  double relative = 0;
};

struct Verdict {
  bool holds = false;
  std::string text;  ///< one line with the figures
};
/// Judges the samples after `warm_up` seconds. Fewer than six samples prove nothing: false.
[[nodiscard]] Verdict judge(const Series& series, const Bound& bound, double warm_up);

}  // namespace ebb::soak
