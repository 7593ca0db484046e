// Values to bytes and back, by one description for both directions.
//
//   std::string bytes;  ArchiveWriter out(bytes);  out(order, price, names);
//   ArchiveReader in(bytes);                       in(order, price, names);  if (!in.finished()) ... in.why()
//
// Written are: numbers (little-endian, their own width), enums, texts, the strong types, containers, plain structs field
// by field (base/fields.hpp), and classes that `Archived` describes. Equal values give equal bytes on every machine: maps
// are written in a sorted order (archive_map), padding never is.
//
// Reading trusts nothing: counts are bounded by what is left, flags are 0 or 1, enums have a name, ids lie below the
// limit that the reader was told (or are none()), times and quantities can be added to each other. After the first
// mistake a reader gives zeros and says why.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/archived.hpp"
#include "base/fields.hpp"
#include "base/inline_vector.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"

namespace ebb {

static_assert(std::endian::native == std::endian::little, "the archive's numbers are little-endian");

namespace archive_detail {

template <class T>
concept Described = requires { sizeof(Archived<T>); };
template <class T>
inline constexpr bool kIsQuantity = false;
template <class Tag, class Rep>
inline constexpr bool kIsQuantity<Quantity<Tag, Rep>> = true;
template <class T>
inline constexpr bool kIsId = false;
template <class Tag, class Rep>
inline constexpr bool kIsId<Id<Tag, Rep>> = true;
template <class T>
inline constexpr bool kIsInlineVector = false;
template <class T, std::size_t N>
inline constexpr bool kIsInlineVector<InlineVector<T, N>> = true;
template <class T>
inline constexpr bool kIsArray = false;
template <class T, std::size_t N>
inline constexpr bool kIsArray<std::array<T, N>> = true;
template <class T>
inline constexpr bool kIsSequence = false;
template <class T>
inline constexpr bool kIsSequence<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsSequence<std::deque<T>> = true;
template <class T>
inline constexpr bool kIsUnique = false;
template <class T>
inline constexpr bool kIsUnique<std::unique_ptr<T>> = true;
template <class T>
inline constexpr bool kIsVariant = false;
template <class... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;
/// Times and quantities are small enough that a sum of two is a number again: 146 years, a million million dollars. Or they
/// say "without end".
inline constexpr std::int64_t kLongestTime = std::int64_t{1} << 62;
inline constexpr std::int64_t kLargestQuantity = std::int64_t{1} << 61;
[[nodiscard]] constexpr bool is_within(std::int64_t number, std::int64_t bound) {
  return (number >= -bound && number <= bound) || number == INT64_MAX;
}
/// Numbers that any bytes are a value of: whole arrays of them are copied at once.
template <class T>
concept Number = std::is_arithmetic_v<T> && !std::same_as<T, bool>;

}  // namespace archive_detail

/// Appends to a buffer of the caller. Cannot fail; texts and containers have at most 2^32 - 1 elements.
class ArchiveWriter {
 public:
  static constexpr bool kReading = false;

  explicit ArchiveWriter(std::string& out) : out_(out) {}

  template <class... T>
  void operator()(const T&... values) {
    (value(values), ...);
  }
  /// A condition of what is read; nothing to do here.
  void require(bool, std::string_view) {}
  [[nodiscard]] bool ok() const { return true; }
  void raw(const void* bytes, std::size_t size) { out_.append(static_cast<const char*>(bytes), size); }
  void count(std::size_t n) { value(static_cast<std::uint32_t>(n)); }

 private:
  template <class T>
  void value(const T& x);
  template <class T>
  void structure(const T& x);

  std::string& out_;
};

/// Reads what a writer wrote. The bytes must outlive the reader, and the std::string_views that it gives out point into
/// them.
class ArchiveReader {
 public:
  static constexpr bool kReading = true;

  explicit ArchiveReader(std::string_view bytes) : bytes_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (value(values), ...);
  }
  /// Ids of this type are below `limit` from now on, or none(). Without a limit any id is taken.
  template <class Id>
  void limit(std::size_t limit) {
    const std::uint64_t bound = limit;
    for (auto& [type, known] : limits_) {
      if (type == type_of<Id>()) {
        known = bound;
        return;
      }
    }
    limits_.emplace_back(type_of<Id>(), bound);
  }
  /// Fails with these words unless the condition holds.
  void require(bool condition, std::string_view what) {
    if (!condition) fail(what);
  }
  void fail(std::string_view what) {
    if (failed_) return;
    failed_ = true;
    why_ = std::string(what) + " at byte " + std::to_string(at_);
  }
  [[nodiscard]] bool ok() const { return !failed_; }
  /// Whether everything was read, to the last byte, without a mistake.
  [[nodiscard]] bool finished() {
    require(at_ == bytes_.size(), "bytes behind the end");
    return ok();
  }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] std::size_t left() const { return failed_ ? 0 : bytes_.size() - at_; }

  void raw(void* out, std::size_t size) {
    if (left() < size) {
      fail("the end came too early");
      std::memset(out, 0, size);
      return;
    }
    std::memcpy(out, bytes_.data() + at_, size);
    at_ += size;
  }
  /// The next bytes as they are.
  [[nodiscard]] std::string_view take(std::size_t size) {
    if (left() < size) {
      fail("the end came too early");
      return {};
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  /// A number of elements; each takes a byte at least.
  [[nodiscard]] std::size_t count() {
    std::uint32_t n = 0;
    raw(&n, sizeof n);
    require(n <= left(), "more elements than bytes");
    return ok() ? n : 0;
  }

 private:
  template <class T>
  static const void* type_of() {
    static constexpr char kOne = 0;
    return &kOne;
  }
  template <class T>
  void value(T& x);
  template <class T>
  void structure(T& x);
  template <class T>
  void id(T& x);
  template <class T, std::size_t I = 0>
  void alternative(T& x, std::size_t index);

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
  std::string why_;
  std::vector<std::pair<const void*, std::uint64_t>> limits_;
};

template <class T>
void ArchiveWriter::value(const T& x) {
  namespace d = archive_detail;
  if constexpr (d::Number<T>) {
    raw(&x, sizeof x);
  } else if constexpr (std::same_as<T, bool>) {
    value(static_cast<std::uint8_t>(x));
  } else if constexpr (std::is_enum_v<T>) {
    value(static_cast<std::underlying_type_t<T>>(x));
  } else if constexpr (std::same_as<T, Timestamp>) {
    value(x.ns());
  } else if constexpr (d::kIsQuantity<T>) {
    value(x.raw());
  } else if constexpr (d::kIsId<T>) {
    value(x.value());
  } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
    count(x.size());
    raw(x.data(), x.size());
  } else {
    structure(x);
  }
}

template <class T>
void ArchiveWriter::structure(const T& x) {
  namespace d = archive_detail;
  if constexpr (d::Described<T>) {
    Archived<T>::visit(*this, const_cast<T&>(x));  // a writer changes nothing
  } else if constexpr (d::kIsArray<T>) {
    if constexpr (d::Number<typename T::value_type>) {
      raw(x.data(), x.size() * sizeof(typename T::value_type));
    } else {
      for (const auto& element : x) value(element);
    }
  } else if constexpr (d::kIsSequence<T> || d::kIsInlineVector<T>) {
    count(x.size());
    for (const auto& element : x) value(element);
  } else if constexpr (d::kIsUnique<T>) {
    value(x != nullptr);
    if (x != nullptr) value(*x);
  } else if constexpr (d::kIsVariant<T>) {
    value(static_cast<std::uint8_t>(x.index()));
    std::visit([this](const auto& own) { value(own); }, x);
  } else {
    std::apply([this](const auto&... fields) { (*this)(fields...); }, fields_of(x));
  }
}

template <class T>
void ArchiveReader::value(T& x) {
  namespace d = archive_detail;
  if constexpr (d::Number<T>) {
    raw(&x, sizeof x);
  } else if constexpr (std::same_as<T, bool>) {
    std::uint8_t byte = 0;
    raw(&byte, 1);
    require(byte <= 1, "a flag that is neither yes nor no");
    x = byte == 1;
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> number = 0;
    raw(&number, sizeof number);
    const bool known = number >= 0 && static_cast<std::int64_t>(number) < kEnumerators<T>;
    require(known, "a value without a name");
    x = static_cast<T>(known ? number : 0);
  } else if constexpr (std::same_as<T, Timestamp>) {
    std::int64_t ns = 0;
    raw(&ns, sizeof ns);
    require(d::is_within(ns, d::kLongestTime), "a time out of reach");
    x = Timestamp(ok() ? ns : 0);
  } else if constexpr (d::kIsQuantity<T>) {
    auto number = x.raw();
    raw(&number, sizeof number);
    require(d::is_within(static_cast<std::int64_t>(number), d::kLargestQuantity), "a quantity out of reach");
    x = T(ok() ? number : 0);
  } else if constexpr (d::kIsId<T>) {
    id(x);
  } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
    x = T(take(count()));
  } else {
    structure(x);
  }
}

template <class T>
void ArchiveReader::id(T& x) {
  auto number = x.value();
  raw(&number, sizeof number);
  x = ok() ? T(number) : T::none();
  if (!x.valid()) return;
  for (const auto& [type, bound] : limits_) {
    if (type != type_of<T>() || number < bound) continue;
    fail("an index beyond what there is");
    x = T::none();
  }
}

template <class T, std::size_t I>
void ArchiveReader::alternative(T& x, std::size_t index) {
  if constexpr (I < std::variant_size_v<T>) {
    if (index == I) {
      value(x.template emplace<I>());
    } else {
      alternative<T, I + 1>(x, index);
    }
  }
}

template <class T>
void ArchiveReader::structure(T& x) {
  namespace d = archive_detail;
  if constexpr (d::Described<T>) {
    Archived<T>::visit(*this, x);
  } else if constexpr (d::kIsArray<T>) {
    if constexpr (d::Number<typename T::value_type>) {
      raw(x.data(), x.size() * sizeof(typename T::value_type));
    } else {
      for (auto& element : x) value(element);
    }
  } else if constexpr (d::kIsSequence<T> || d::kIsInlineVector<T>) {
    const std::size_t n = count();
    x.clear();
    if constexpr (d::kIsInlineVector<T>) require(n <= T::capacity(), "more elements than fit");
    for (std::size_t i = 0; i < n && ok(); ++i) {
      std::remove_cvref_t<decltype(*x.begin())> element{};
      value(element);
      x.push_back(std::move(element));
    }
  } else if constexpr (d::kIsUnique<T>) {
    bool present = false;
    value(present);
    x = present ? std::make_unique<typename T::element_type>() : nullptr;
    if (present) value(*x);
  } else if constexpr (d::kIsVariant<T>) {
    std::uint8_t index = 0;
    raw(&index, 1);
    require(index < std::variant_size_v<T>, "a kind without a name");
    if (ok()) alternative(x, index);
  } else {
    std::apply([this](auto&... fields) { (*this)(fields...); }, fields_of(x));
  }
}

/// A hash map, in the order of `less` over its (key, value) pairs; a key may stand there once.
template <class A, class Map, class Less>
void archive_map(A& archive, Map& map, Less less) {
  using Key = typename Map::key_type;
  using Value = typename Map::mapped_type;
  if constexpr (A::kReading) {
    const std::size_t n = archive.count();
    map.clear();
    for (std::size_t i = 0; i < n && archive.ok(); ++i) {
      Key key{};
      Value value{};
      archive(key, value);
      archive.require(map.emplace(std::move(key), std::move(value)).second, "a key stands twice");
    }
  } else {
    std::vector<const typename Map::value_type*> sorted;
    sorted.reserve(map.size());
    for (const auto& entry : map) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [&](const auto* a, const auto* b) { return less(*a, *b); });
    archive.count(sorted.size());
    for (const auto* entry : sorted) archive(entry->first, entry->second);
  }
}

}  // namespace ebb
