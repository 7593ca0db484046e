// The project's hash map and set. Iteration order differs from process to process: never iterate one where
// commands, money or output arise; keep a vector beside it instead.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace ebb {

template <class Key, class Value, class Hash = absl::Hash<Key>, class Equal = std::equal_to<Key>>
using FlatMap = absl::flat_hash_map<Key, Value, Hash, Equal>;
template <class Key, class Hash = absl::Hash<Key>, class Equal = std::equal_to<Key>>
using FlatSet = absl::flat_hash_set<Key, Hash, Equal>;

/// Hash of a text, 16 bytes a step by one wide multiplication: a 77-digit token id is looked up on every event. Not for
/// texts that an attacker chooses.
[[nodiscard]] inline std::uint64_t hash_text(std::string_view text) {
  constexpr std::uint64_t kFirst = 0x9E3779B97F4A7C15ULL;
  constexpr std::uint64_t kSecond = 0xD6E8FEB86659FD93ULL;
  const auto load = [](const char* at, std::size_t bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, bytes);
    return word;
  };
  const auto mix = [](std::uint64_t a, std::uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  const std::size_t size = text.size();
  const char* at = text.data();
  std::uint64_t hash = kFirst + size * kSecond;  // spread, so that no byte of the text can undo it
  if (size == 0) return mix(kSecond, hash);  // an empty view may point nowhere
  if (size < 16) {
    const std::size_t half = size / 2;
    return mix(load(at, half) ^ kSecond, load(at + half, size - half) ^ hash);
  }
  for (std::size_t left = size; left > 16; left -= 16, at += 16)
    hash = mix(load(at, 8) ^ kSecond, load(at + 8, 8) ^ hash);
  const char* last = text.data() + size - 16;
  return mix(load(last, 8) ^ kSecond, load(last + 8, 8) ^ hash);
}

/// Hash and equality for maps keyed by std::string that are asked with std::string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return hash_text(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};
template <class Value>
using TextMap = FlatMap<std::string, Value, TextHash, TextEqual>;

}  // namespace ebb
