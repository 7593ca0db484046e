// Seeded random numbers that are the same on every compiler, preset and machine: integer generators and
// our own transforms (std:: distributions and libm may differ between libraries).
#pragma once

#include <cstdint>

#include "base/archived.hpp"

namespace ebb {

/// xoshiro256** seeded through splitmix64. Copyable: a copy continues the same stream.
class Random {
 public:
  explicit Random(std::uint64_t seed);
  [[nodiscard]] std::uint64_t next();
  /// Uniform in [0, bound), bound > 0, without modulo bias worth mentioning (128-bit multiply).
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
  /// Uniform in [low, high].
  [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
  /// Uniform in [0, 1).
  [[nodiscard]] double unit();
  [[nodiscard]] bool chance(double probability) { return unit() < probability; }
  /// Standard normal.
  [[nodiscard]] double normal();
  /// Exponential with the given mean.
  [[nodiscard]] double exponential(double mean);
  /// exp(normal * sigma) * median.
  [[nodiscard]] double lognormal(double median, double sigma);
  /// An independent stream derived from this seed and a label.
  [[nodiscard]] static Random stream(std::uint64_t seed, std::uint64_t label);

 private:
  template <class T>
  friend struct ebb::Archived;

  std::uint64_t s_[4];
};

/// exp, log and sqrt by basic arithmetic only: bit-identical everywhere with -ffp-contract=off.
[[nodiscard]] double portable_exp(double x);
[[nodiscard]] double portable_log(double x);

}  // namespace ebb
