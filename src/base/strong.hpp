// Strong integer types: an index of one kind cannot be passed for one of another.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

namespace ebb {

/// An identifier or index. No arithmetic; `value()` to look inside. The default is `none()`.
template <class Tag, class Rep = std::uint32_t>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(Rep value) : value_(value) {}
  [[nodiscard]] static constexpr Id none() { return Id(); }
  [[nodiscard]] constexpr Rep value() const { return value_; }
  [[nodiscard]] constexpr bool valid() const { return value_ != std::numeric_limits<Rep>::max(); }
  friend constexpr auto operator<=>(Id, Id) = default;

 private:
  Rep value_ = std::numeric_limits<Rep>::max();
};

/// A quantity with one unit: adds and subtracts with its own kind, scales by integers.
template <class Tag, class Rep = std::int64_t>
class Quantity {
 public:
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep raw) : raw_(raw) {}
  [[nodiscard]] constexpr Rep raw() const { return raw_; }
  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return Quantity(a.raw_ + b.raw_); }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.raw_ - b.raw_); }
  friend constexpr Quantity operator-(Quantity a) { return Quantity(-a.raw_); }
  friend constexpr Quantity operator*(Quantity a, Rep k) { return Quantity(a.raw_ * k); }
  friend constexpr Quantity operator*(Rep k, Quantity a) { return Quantity(a.raw_ * k); }
  friend constexpr Quantity operator/(Quantity a, Rep k) { return Quantity(a.raw_ / k); }
  constexpr Quantity& operator+=(Quantity b) {
    raw_ += b.raw_;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity b) {
    raw_ -= b.raw_;
    return *this;
  }

 private:
  Rep raw_ = 0;
};

}  // namespace ebb

template <class Tag, class Rep>
struct std::hash<ebb::Id<Tag, Rep>> {
  std::size_t operator()(ebb::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>()(id.value()); }
};
