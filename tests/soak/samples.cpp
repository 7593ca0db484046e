#include "samples.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ebb::soak {
namespace {

constexpr std::size_t kFewest = 6;

double median_of(const Series& series, double begin, double end) {
  std::vector<double> values;
  for (std::size_t i = 0; i < series.at.size(); ++i) {
    if (series.at[i] >= begin && series.at[i] <= end) values.push_back(series.value[i]);
  }
  return median(std::move(values));
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double theil_sen(const Series& series) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < series.at.size(); ++i) {
    for (std::size_t k = i + 1; k < series.at.size(); ++k) {
      if (series.at[k] > series.at[i])
        slopes.push_back((series.value[k] - series.value[i]) / (series.at[k] - series.at[i]));
    }
  }
  return median(std::move(slopes));
}

Series from(const Series& series, double second) {
  Series out{series.name, series.unit, {}, {}};
  for (std::size_t i = 0; i < series.at.size(); ++i) {
    if (series.at[i] >= second) out.add(series.at[i], series.value[i]);
  }
  return out;
}

Verdict judge(const Series& series, const Bound& bound, double warm_up) {
  const Series judged = from(series, warm_up);
  if (judged.at.size() < kFewest) return {false, fmt::format("{:<22} too few samples", series.name)};
  const double begin = judged.at.front(), length = judged.at.back() - begin;
  if (bound.kind == Bound::Kind::latency) {
    const double first = median_of(judged, begin, begin + length / 3);
    const double last = median_of(judged, begin + length * 2 / 3, begin + length);
    const double most = first * (1 + bound.relative) + bound.absolute;
    return {last <= most, fmt::format("{:<22} first third {:>10.1f} {}, last third {:>10.1f}, at most {:.1f}",
                                      series.name, first, series.unit, last, most)};
  }
  const double middle = median(judged.value), drift = theil_sen(judged) * length;
  const double most = std::max(bound.absolute, bound.relative * middle);
  return {drift <= most, fmt::format("{:<22} median {:>15.1f} {}, drift {:>+10.2f} in {:.0f} s, at most {:.2f}",
                                     series.name, middle, series.unit, drift, length, most)};
}

}  // namespace ebb::soak
