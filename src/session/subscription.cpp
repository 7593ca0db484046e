#include "session/subscription.hpp"

#include <algorithm>

namespace ebb::session {

void Subscription::opened(Timestamp now) {
  open_ = true;
  hello_sent_ = false;
  leaving_.clear();
  next_chunk_ = now;
  next_overdue_ = kNever;
  for (Entry& entry : entries_) entry = {.token = entry.token};
  unconfirmed_ = queued_ = entries_.size();
}

void Subscription::closed() {
  open_ = false;
  leaving_.clear();
  for (Entry& entry : entries_) entry = {.token = entry.token};
  unconfirmed_ = queued_ = entries_.size();
  next_overdue_ = kNever;
}

void Subscription::add(Timestamp now, model::TokenIndex token) {
  if (at_.contains(token.value())) return;
  at_[token.value()] = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back({.token = token});
  ++unconfirmed_;
  ++queued_;
  next_chunk_ = std::max(next_chunk_, now);
}

void Subscription::remove(Timestamp now, model::TokenIndex token) {
  const auto it = at_.find(token.value());
  if (it == at_.end()) return;
  const std::uint32_t index = it->second;
  const Entry& entry = entries_[index];
  if (entry.ever_sent && open_) leaving_.push_back(token);
  if (entry.state != State::confirmed) --unconfirmed_;
  if (entry.state == State::queued) --queued_;
  at_.erase(it);
  entries_.erase(entries_.begin() + index);
  for (std::size_t i = index; i < entries_.size(); ++i) at_[entries_[i].token.value()] = static_cast<std::uint32_t>(i);
  next_chunk_ = std::max(next_chunk_, now);
}

void Subscription::queue(Timestamp now, Entry& entry) {
  if (entry.state == State::queued) return;
  if (entry.state == State::confirmed) ++unconfirmed_;
  entry.state = State::queued;
  ++queued_;
  leaving_.push_back(entry.token);
  next_chunk_ = std::max(next_chunk_, now);
}

void Subscription::renew(Timestamp now, model::TokenIndex token) {
  const auto it = at_.find(token.value());
  if (it != at_.end() && open_) queue(now, entries_[it->second]);
}

bool Subscription::confirm(model::TokenIndex token) {
  const auto it = at_.find(token.value());
  if (it == at_.end()) return false;
  Entry& entry = entries_[it->second];
  if (entry.state != State::sent) return false;
  entry.state = State::confirmed;
  entry.tries = 0;
  --unconfirmed_;
  return true;
}

bool Subscription::confirmed(model::TokenIndex token) const {
  const auto it = at_.find(token.value());
  return it != at_.end() && entries_[it->second].state == State::confirmed;
}

bool Subscription::next_frame(Timestamp now, SubscriptionFrame& frame) {
  if (!open_ || now < next_chunk_) return false;
  if (hello_sent_ && leaving_.empty() && queued_ == 0) return false;
  next_chunk_ = now + config_->chunk_spacing;
  frame.tokens.clear();
  if (hello_sent_ && !leaving_.empty()) {
    const std::size_t count = std::min(leaving_.size(), config_->subscribe_chunk);
    frame.kind = SubscriptionFrame::Kind::unsubscribe;
    frame.tokens.assign(leaving_.begin(), leaving_.begin() + static_cast<std::ptrdiff_t>(count));
    leaving_.erase(leaving_.begin(), leaving_.begin() + static_cast<std::ptrdiff_t>(count));
    return true;
  }
  frame.kind = hello_sent_ ? SubscriptionFrame::Kind::subscribe : SubscriptionFrame::Kind::hello;
  hello_sent_ = true;
  for (Entry& entry : entries_) {
    if (frame.tokens.size() == config_->subscribe_chunk) break;
    if (entry.state != State::queued) continue;
    const Duration wait = config_->confirm_timeout * (std::int64_t{1} << std::min<int>(entry.tries, 10));
    entry.state = State::sent;
    entry.ever_sent = true;
    entry.overdue = now + std::min(wait, config_->confirm_cap);
    next_overdue_ = std::min(next_overdue_, entry.overdue);
    frame.tokens.push_back(entry.token);
    --queued_;
  }
  return true;
}

std::size_t Subscription::renew_overdue(Timestamp now) {
  if (!open_ || now < next_overdue_) return 0;
  next_overdue_ = kNever;
  std::size_t renewed = 0;
  for (Entry& entry : entries_) {
    if (entry.state != State::sent) continue;
    if (entry.overdue > now) {
      next_overdue_ = std::min(next_overdue_, entry.overdue);
      continue;
    }
    if (entry.tries < 10) ++entry.tries;
    queue(now, entry);
    ++renewed;
  }
  return renewed;
}

Timestamp Subscription::next_timer() const {
  if (!open_) return kNever;
  const bool frames = !hello_sent_ || !leaving_.empty() || queued_ > 0;
  return std::min(frames ? next_chunk_ : kNever, next_overdue_);
}

}  // namespace ebb::session
