// A set of grid prices 0 to 10000 as a two-level bitmap: next and previous member in a few instructions.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace ebb::exchange {

class PriceSet {
 public:
  void insert(int price) {
    const auto p = static_cast<unsigned>(price);
    words_[p >> 6] |= 1ULL << (p & 63);
    summary_[p >> 12] |= 1ULL << ((p >> 6) & 63);
  }
  void erase(int price) {
    const auto p = static_cast<unsigned>(price);
    words_[p >> 6] &= ~(1ULL << (p & 63));
    if (words_[p >> 6] == 0) summary_[p >> 12] &= ~(1ULL << ((p >> 6) & 63));
  }
  [[nodiscard]] bool empty() const { return (summary_[0] | summary_[1] | summary_[2]) == 0; }
  /// Smallest member >= price; -1 if there is none.
  [[nodiscard]] int next(int price) const {
    if (price > kMax) return -1;
    const auto p = static_cast<unsigned>(price);
    unsigned word = p >> 6;
    const std::uint64_t here = words_[word] & (~0ULL << (p & 63));
    if (here != 0) return static_cast<int>(word * 64 + static_cast<unsigned>(std::countr_zero(here)));
    if (++word >= kWords) return -1;
    unsigned block = word >> 6;
    std::uint64_t blocks = summary_[block] & (~0ULL << (word & 63));
    while (blocks == 0) {
      if (++block >= kBlocks) return -1;
      blocks = summary_[block];
    }
    word = block * 64 + static_cast<unsigned>(std::countr_zero(blocks));
    return static_cast<int>(word * 64 + static_cast<unsigned>(std::countr_zero(words_[word])));
  }
  /// Largest member <= price; -1 if there is none.
  [[nodiscard]] int previous(int price) const {
    if (price < 0) return -1;
    const auto p = static_cast<unsigned>(price);
    unsigned word = p >> 6;
    const std::uint64_t here = words_[word] & (~0ULL >> (63 - (p & 63)));
    if (here != 0) return static_cast<int>(word * 64 + 63 - static_cast<unsigned>(std::countl_zero(here)));
    if (word == 0) return -1;
    --word;
    unsigned block = word >> 6;
    std::uint64_t blocks = summary_[block] & (~0ULL >> (63 - (word & 63)));
    while (blocks == 0) {
      if (block == 0) return -1;
      blocks = summary_[--block];
    }
    word = block * 64 + 63 - static_cast<unsigned>(std::countl_zero(blocks));
    return static_cast<int>(word * 64 + 63 - static_cast<unsigned>(std::countl_zero(words_[word])));
  }

 private:
  static constexpr int kMax = 10'000;
  static constexpr unsigned kWords = kMax / 64 + 1;
  static constexpr unsigned kBlocks = 3;
  std::array<std::uint64_t, kBlocks * 64> words_{};
  std::array<std::uint64_t, kBlocks> summary_{};
};

}  // namespace ebb::exchange
