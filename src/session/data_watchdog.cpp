#include "session/data_watchdog.hpp"

#include <algorithm>

namespace ebb::session {
namespace {

constexpr std::size_t kMostEvidence = 32;
constexpr Duration kAnswerBound = seconds(12);  // an answer that never came does not block the next question
constexpr std::uint32_t kPatientAfter = 4;

}  // namespace

void DataWatchdog::opened(Timestamp now) {
  open_ = true;
  opened_ = last_data_ = spell_ = now;
  meter_.restart(now);
  evidence_.clear();
  doubtful_.clear();
  doubtful_at_ = kNever;
  asked_ = {};
  checks_ = 0;
  answered_ = books_exist_ = false;
  next_check_ = now;
  // The first round comes soon, each connection's at its own time.
  next_rota_ = now + Duration(random_.between(config_->rota.raw() / 4, config_->rota.raw()));
}

Duration DataWatchdog::threshold(double rate) const {
  const auto ns = static_cast<std::int64_t>(config_->expected_frames / rate * 1e9);
  return std::clamp(Duration(ns), config_->shortest, config_->longest);
}

void DataWatchdog::begin_spell() {
  spell_ = last_data_;
  checks_ = 0;
  answered_ = books_exist_ = false;
  next_check_ = {};
}

CheckWish DataWatchdog::wish(Timestamp now) {
  if (!open_) return CheckWish::nothing;
  meter_.tick(now);
  if (asked_.is_set() && now - asked_ < kAnswerBound) return CheckWish::nothing;
  CheckWish wish = CheckWish::nothing;
  const Duration silence = now - last_data_;
  const double rate = meter_.rate(now);
  const bool never = !heard_since_open();
  const bool suspicious =
      never ? silence >= config_->longest : rate >= config_->active_rate && silence >= threshold(rate);
  if (suspicious) {
    if (spell_is_new()) begin_spell();
    if (now >= next_check_) {
      ++checks_;
      wish = checks_ == 1 ? CheckWish::some : CheckWish::all;
      const auto doublings = checks_ > kPatientAfter ? std::min(checks_ - kPatientAfter, 10U) : 0U;
      next_check_ = now + std::min(config_->recheck * (std::int64_t{1} << doublings), config_->recheck_cap);
    }
  }
  asked_again_ = false;
  if (wish == CheckWish::nothing && now >= doubtful_at_) {
    doubtful_at_ = kNever;
    wish = CheckWish::again;
    asked_again_ = true;
  }
  if (wish == CheckWish::nothing && now >= next_rota_) {
    const auto rota = config_->rota.raw();
    next_rota_ = now + Duration(random_.between(rota * 3 / 4, rota * 5 / 4));
    wish = CheckWish::rota;
  }
  if (wish != CheckWish::nothing) asked_ = now;
  return wish;
}

bool DataWatchdog::on_sampled(Timestamp now, std::size_t books, std::span<const AheadBook> ahead) {
  const Timestamp asked = asked_;
  asked_ = {};
  if (!open_ || !asked.is_set()) return false;  // the answer belongs to a connection that is gone
  const std::vector<model::TokenIndex> before = asked_again_ ? std::move(doubtful_) : std::vector<model::TokenIndex>{};
  doubtful_.clear();
  doubtful_at_ = kNever;
  const bool of_spell = checks_ > 0 && !spell_is_new() && asked > last_data_;
  if (of_spell && books > 0) answered_ = books_exist_ = true;
  for (const AheadBook& book : ahead) {
    if (evidence_.size() == kMostEvidence) break;
    const auto known = std::ranges::find_if(evidence_, [&](const Evidence& e) { return e.token == book.token; });
    if (known != evidence_.end()) continue;
    const bool second = std::ranges::find(before, book.token) != before.end();
    evidence_.push_back({.token = book.token, .rest_ms = book.rest_ms, .at = now, .second = second});
  }
  return of_spell && books > 0 && ahead.empty();
}

bool DataWatchdog::may_say_frozen(Timestamp now) {
  if (now < frozen_from_) return false;
  const bool follows = last_frozen_.is_set() && now - last_frozen_ < minutes(1);
  frozen_pause_ = follows ? std::min(frozen_pause_ * 2, config_->frozen_pause_cap) : config_->frozen_pause;
  last_frozen_ = now;
  frozen_from_ = now + frozen_pause_;
  return true;
}

FreezeVerdict DataWatchdog::judge(Timestamp now, const BookSource& books, model::TokenIndex& lagging) {
  for (std::size_t i = 0; i < evidence_.size();) {
    const Evidence e = evidence_[i];
    if (books.state(e.token).exchange_ms >= e.rest_ms) {
      evidence_.erase(evidence_.begin() + static_cast<std::ptrdiff_t>(i));  // the stream brought it
      continue;
    }
    if (now - e.at < config_->confirm) {
      ++i;
      continue;
    }
    const bool silent = last_data_ <= e.at;
    if (silent && now < frozen_from_) {
      ++i;
      continue;
    }
    evidence_.erase(evidence_.begin() + static_cast<std::ptrdiff_t>(i));
    if (silent) {
      if (may_say_frozen(now)) return FreezeVerdict::frozen;
    } else if (e.second) {
      lagging = e.token;
      return FreezeVerdict::token_lags;
    } else if (doubtful_.size() < kMostEvidence) {
      doubtful_.push_back(e.token);
      doubtful_at_ = std::min(doubtful_at_, now + config_->recheck);
    }
  }
  return FreezeVerdict::fine;
}

FreezeVerdict DataWatchdog::verdict(Timestamp now, const BookSource& books, model::TokenIndex& lagging) {
  if (!open_) return FreezeVerdict::fine;
  if (const FreezeVerdict found = judge(now, books, lagging); found != FreezeVerdict::fine) return found;
  const Duration silence = now - last_data_;
  if (heard_since_open()) {
    empty_verdicts_ = 0;
    const double rate = meter_.rate(now);
    const bool expected = rate >= config_->active_rate && rate * to_seconds(silence) >= config_->blind_frames;
    const bool unanswered = checks_ > 0 && !spell_is_new() && !answered_;
    if (!expected || !unanswered || silence < config_->blind || now < blind_from_) return FreezeVerdict::fine;
    blind_from_ = now + config_->blind_pause;
    return FreezeVerdict::blind_silence;
  }
  const Duration patience =
      std::min(config_->empty * (std::int64_t{1} << std::min(empty_verdicts_, 10U)), config_->empty_cap);
  if (silence < patience || !books_exist_) return FreezeVerdict::fine;
  ++empty_verdicts_;
  return FreezeVerdict::no_data;
}

Timestamp DataWatchdog::next_timer(Timestamp now) const {
  if (!open_) return kNever;
  Timestamp next = std::min({meter_.next_tick(), next_rota_, doubtful_at_});
  for (const Evidence& e : evidence_) next = std::min(next, std::max(e.at + config_->confirm, frozen_from_));
  const double rate = meter_.rate(now);
  if (heard_since_open() && rate >= config_->active_rate) {
    const Timestamp due = last_data_ + threshold(rate);
    next = std::min(next, due > now ? due : std::max(next_check_, now + milliseconds(50)));
    if (last_data_ + config_->blind > now) next = std::min(next, last_data_ + config_->blind);
  }
  return std::max(next, now + milliseconds(1));
}

}  // namespace ebb::session
