#include "strategy/drop_window.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace ebb::strategy {
namespace {

constexpr std::size_t kChunksPerToken = 4;  // 64 highs on average

}  // namespace

HighPool::HighPool(std::size_t tokens) { grow(tokens); }

void HighPool::grow(std::size_t more_tokens) {
  const std::size_t old_size = chunks_.size();
  chunks_.resize(old_size + more_tokens * kChunksPerToken);
  for (std::size_t i = chunks_.size(); i > old_size; --i) give_back(static_cast<std::uint32_t>(i - 1));
}

std::uint32_t HighPool::take() {
  const std::uint32_t chunk = free_;
  if (chunk != kNone) {
    free_ = chunks_[chunk].next;
    chunks_[chunk].next = chunks_[chunk].previous = kNone;
  }
  return chunk;
}

void HighPool::give_back(std::uint32_t chunk) {
  chunks_[chunk].next = free_;
  free_ = chunk;
}

DropWindow::DropWindow(HighPool& pool) : head_(pool.take()), tail_(head_) { CHECK(head_ != HighPool::kNone); }

void DropWindow::on_mid(HighPool& pool, Timestamp now, std::int32_t mid2) {
  if (in_force_ && mid2 == current2_) return;
  if (in_force_) back(pool).end = now.ns();
  std::uint16_t low = static_cast<std::uint16_t>(mid2);
  while (count_ > 0 && back(pool).mid2 <= mid2) {
    low = std::min({low, back(pool).low2, back(pool).mid2});
    pop_back(pool);
  }
  if (count_ > 0) back(pool).low2 = std::min(back(pool).low2, low);
  push_back(pool, {INT64_MAX, static_cast<std::uint16_t>(mid2), static_cast<std::uint16_t>(mid2)});
  current2_ = mid2;
  in_force_ = true;
  ++points_;
}

void DropWindow::withdraw(HighPool& pool, Timestamp now) {
  if (!in_force_) return;
  back(pool).end = now.ns();
  in_force_ = false;
}

void DropWindow::expire(HighPool& pool, Timestamp now, Duration window) {
  const std::int64_t oldest = (now - window).ns();
  while (count_ > 0 && front(pool).end < oldest) pop_front(pool);
}

void DropWindow::clear(HighPool& pool) {
  while (head_ != tail_) {
    const std::uint32_t next = pool[head_].next;
    pool.give_back(head_);
    head_ = next;
  }
  pool[head_].previous = HighPool::kNone;
  count_ = 0;
  first_ = last_ = 0;
  in_force_ = false;
  current2_ = 0;
  points_ = 0;
}

std::int32_t DropWindow::low_since_high2(const HighPool& pool) const {
  if (count_ == 0) return 0;
  std::int32_t low = front(pool).mid2;
  std::uint32_t chunk = head_;
  std::uint32_t index = first_;
  for (std::uint32_t i = 0; i < count_; ++i) {
    low = std::min<std::int32_t>(low, pool[chunk].highs[index].low2);
    if (++index == HighPool::kChunkEntries) {
      index = 0;
      chunk = pool[chunk].next;
    }
  }
  return low;
}

void DropWindow::pop_front(HighPool& pool) {
  --count_;
  if (++first_ < HighPool::kChunkEntries || head_ == tail_) return;
  const std::uint32_t next = pool[head_].next;
  pool.give_back(head_);
  head_ = next;
  pool[head_].previous = HighPool::kNone;
  first_ = 0;
}

void DropWindow::pop_back(HighPool& pool) {
  --count_;
  --last_;
  if (last_ > 0 || head_ == tail_) return;
  const std::uint32_t previous = pool[tail_].previous;
  pool.give_back(tail_);
  tail_ = previous;
  pool[tail_].next = HighPool::kNone;
  last_ = HighPool::kChunkEntries;
}

void DropWindow::push_back(HighPool& pool, const HighPool::High& high) {
  if (count_ == 0) {
    CHECK(head_ == tail_);
    first_ = last_ = 0;
  }
  if (last_ == HighPool::kChunkEntries) (void)extend(pool);
  pool[tail_].highs[last_++] = high;
  ++count_;
}

// Makes room behind the full tail chunk. Without a free chunk the oldest chunk gives up its resolution: of its highs
// only the maximum stays.
bool DropWindow::extend(HighPool& pool) {
  std::uint32_t chunk = pool.take();
  if (chunk == HighPool::kNone) {
    pool.count_exhausted();
    if (head_ == tail_) {
      // One chunk only: keep the maximum and the younger half.
      auto& highs = pool[head_].highs;
      const std::uint32_t keep = HighPool::kChunkEntries / 2;
      highs[0] = highs[first_];
      std::copy(highs.end() - (keep - 1), highs.end(), highs.begin() + 1);
      first_ = 0;
      last_ = keep;
      count_ = keep;
      return false;
    }
    chunk = head_;
    const HighPool::High maximum = pool[head_].highs[first_];
    count_ -= HighPool::kChunkEntries - first_;
    head_ = pool[chunk].next;
    pool[head_].previous = HighPool::kNone;
    pool[head_].highs[0] = maximum;
    first_ = 0;
  }
  pool[chunk].next = HighPool::kNone;
  pool[chunk].previous = tail_;
  pool[tail_].next = chunk;
  tail_ = chunk;
  last_ = 0;
  return true;
}

}  // namespace ebb::strategy
