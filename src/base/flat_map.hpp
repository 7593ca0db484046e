// The project's hash map and set. Iteration order differs from process to process: never iterate one where
// commands, money or output arise; keep a vector beside it instead.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <functional>
#include <string>
#include <string_view>

namespace ebb {

template <class Key, class Value, class Hash = absl::Hash<Key>, class Equal = std::equal_to<Key>>
using FlatMap = absl::flat_hash_map<Key, Value, Hash, Equal>;
template <class Key, class Hash = absl::Hash<Key>, class Equal = std::equal_to<Key>>
using FlatSet = absl::flat_hash_set<Key, Hash, Equal>;

/// Hash and equality for maps keyed by std::string that are asked with std::string_view.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};
template <class Value>
using TextMap = FlatMap<std::string, Value, TextHash, TextEqual>;

}  // namespace ebb
