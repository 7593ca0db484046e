#include "session/reconnect_report.hpp"

#include <algorithm>

namespace ebb::session {
namespace {

void add(SpanFigures& total, const SpanFigures& part) {
  const double whole = to_seconds(total.length) + to_seconds(part.length);
  if (whole > 0) {
    total.missing_share =
        (total.missing_share * to_seconds(total.length) + part.missing_share * to_seconds(part.length)) / whole;
  }
  total.length += part.length;
  total.orders += part.orders;
  total.fills += part.fills;
}

}  // namespace

double SpanFigures::fills_per_minute() const {
  return length.raw() > 0 ? static_cast<double>(fills) * 60.0 / to_seconds(length) : 0.0;
}

double SpanFigures::fill_rate() const {
  return orders > 0 ? static_cast<double>(fills) / static_cast<double>(orders) : 0.0;
}

SpanFigures ReconnectReport::figures(const Sample& from, const Sample& to) {
  SpanFigures out{.length = to.time - from.time, .orders = to.orders - from.orders, .fills = to.fills - from.fills};
  const double token_seconds = to.token_seconds - from.token_seconds;
  if (token_seconds > 0) out.missing_share = (to.missing_seconds - from.missing_seconds) / token_seconds;
  return out;
}

/// The integrals run on with the last totals until `now`.
ReconnectReport::Sample ReconnectReport::at(Timestamp now) const {
  if (samples_.empty()) return {.time = now};
  Sample sample = samples_.back();
  const double passed = to_seconds(std::max(now - sample.time, Duration(0)));
  sample.token_seconds += passed * last_.tokens;
  sample.missing_seconds += passed * last_.missing;
  sample.time = std::max(now, sample.time);
  return sample;
}

void ReconnectReport::observe(const TradingTotals& totals) {
  Sample sample = at(totals.time);
  sample.orders = totals.orders;
  sample.fills = totals.fills;
  last_ = totals;
  samples_.push_back(sample);
  while (samples_.size() > 2 && samples_[1].time + kSpan <= sample.time) samples_.pop_front();
  for (Open& open : open_) {
    const bool back = totals.missing <= open.missing_before && totals.time > open.at.time;
    if (back && !open.effect.recovered) open.effect.recovered = totals.time - open.at.time;
  }
  while (!open_.empty() && open_.front().at.time + kSpan <= sample.time) {
    close(open_.front(), sample);
    open_.erase(open_.begin());
  }
}

void ReconnectReport::on_loss(Timestamp now, model::ConnectionIndex connection) {
  ++losses_;
  Open open{.effect = {.time = now, .connection = connection, .before = {}, .after = {}, .recovered = {}},
            .at = at(now),
            .missing_before = last_.missing};
  if (!samples_.empty()) {
    const auto first = std::ranges::find_if(samples_, [&](const Sample& s) { return s.time + kSpan >= now; });
    open.effect.before = figures(first == samples_.end() ? samples_.back() : *first, open.at);
  }
  open_.push_back(open);
}

void ReconnectReport::finish(Timestamp now) {
  const Sample end = at(now);
  for (Open& open : open_) close(open, end);
  open_.clear();
}

void ReconnectReport::close(Open& open, const Sample& now) {
  open.effect.after = figures(open.at, now);
  add(before_, open.effect.before);
  add(after_, open.effect.after);
  effects_.push_back(open.effect);
  if (effects_.size() > kKept) effects_.pop_front();
}

}  // namespace ebb::session
