// The fields of a plain struct as a tuple of references, in the order of declaration, found by the compiler.
//
// Whoever visits them (the archive of the engine's state) cannot forget a field that is added later.
// T must be an aggregate without base classes and C arrays, of at most kMostFields fields, each of which can be made
// from nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace ebb {

inline constexpr std::size_t kMostFields = 56;

namespace fields_detail {

struct Anything {
  template <class T>
  constexpr operator T() const noexcept;  // never defined: it stands for a value of any type
};

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { T{(static_cast<void>(I), Anything{})...}; };
}

template <class T, std::size_t N = 0>
consteval std::size_t count() {
  if constexpr (N <= kMostFields && takes<T>(std::make_index_sequence<N + 1>())) {
    return count<T, N + 1>();
  } else {
    return N;
  }
}

template <auto Value>
consteval bool is_named() {
  constexpr std::string_view kName = __PRETTY_FUNCTION__;
  return kName[kName.rfind("Value = ") + 8] != '(';  // a value without a name is spelled as a cast
}

template <class E, int N = 0>
consteval int enumerators() {
  if constexpr (is_named<static_cast<E>(N)>()) {
    return enumerators<E, N + 1>();
  } else {
    return N;
  }
}

}  // namespace fields_detail

template <class T>
inline constexpr std::size_t kFieldCount = fields_detail::count<T>();

/// How many enumerators E has: those with the values 0, 1, 2, ... without a gap.
template <class E>
inline constexpr int kEnumerators = fields_detail::enumerators<E>();

/// The fields of `x`.
template <class T>
[[nodiscard]] constexpr auto fields_of(T& x) {
  static_assert(std::is_aggregate_v<T>, "only plain structs can be visited field by field");
  constexpr std::size_t kCount = kFieldCount<std::remove_const_t<T>>;
  static_assert(kCount <= kMostFields, "more fields than fields.hpp knows: add lines below");
  // clang-format off
#define EBB_FIELDS_1 f1
#define EBB_FIELDS_2 EBB_FIELDS_1, f2
#define EBB_FIELDS_3 EBB_FIELDS_2, f3
#define EBB_FIELDS_4 EBB_FIELDS_3, f4
#define EBB_FIELDS_5 EBB_FIELDS_4, f5
#define EBB_FIELDS_6 EBB_FIELDS_5, f6
#define EBB_FIELDS_7 EBB_FIELDS_6, f7
#define EBB_FIELDS_8 EBB_FIELDS_7, f8
#define EBB_FIELDS_9 EBB_FIELDS_8, f9
#define EBB_FIELDS_10 EBB_FIELDS_9, f10
#define EBB_FIELDS_11 EBB_FIELDS_10, f11
#define EBB_FIELDS_12 EBB_FIELDS_11, f12
#define EBB_FIELDS_13 EBB_FIELDS_12, f13
#define EBB_FIELDS_14 EBB_FIELDS_13, f14
#define EBB_FIELDS_15 EBB_FIELDS_14, f15
#define EBB_FIELDS_16 EBB_FIELDS_15, f16
#define EBB_FIELDS_17 EBB_FIELDS_16, f17
#define EBB_FIELDS_18 EBB_FIELDS_17, f18
#define EBB_FIELDS_19 EBB_FIELDS_18, f19
#define EBB_FIELDS_20 EBB_FIELDS_19, f20
#define EBB_FIELDS_21 EBB_FIELDS_20, f21
#define EBB_FIELDS_22 EBB_FIELDS_21, f22
#define EBB_FIELDS_23 EBB_FIELDS_22, f23
#define EBB_FIELDS_24 EBB_FIELDS_23, f24
#define EBB_FIELDS_25 EBB_FIELDS_24, f25
#define EBB_FIELDS_26 EBB_FIELDS_25, f26
#define EBB_FIELDS_27 EBB_FIELDS_26, f27
#define EBB_FIELDS_28 EBB_FIELDS_27, f28
#define EBB_FIELDS_29 EBB_FIELDS_28, f29
#define EBB_FIELDS_30 EBB_FIELDS_29, f30
#define EBB_FIELDS_31 EBB_FIELDS_30, f31
#define EBB_FIELDS_32 EBB_FIELDS_31, f32
#define EBB_FIELDS_33 EBB_FIELDS_32, f33
#define EBB_FIELDS_34 EBB_FIELDS_33, f34
#define EBB_FIELDS_35 EBB_FIELDS_34, f35
#define EBB_FIELDS_36 EBB_FIELDS_35, f36
#define EBB_FIELDS_37 EBB_FIELDS_36, f37
#define EBB_FIELDS_38 EBB_FIELDS_37, f38
#define EBB_FIELDS_39 EBB_FIELDS_38, f39
#define EBB_FIELDS_40 EBB_FIELDS_39, f40
#define EBB_FIELDS_41 EBB_FIELDS_40, f41
#define EBB_FIELDS_42 EBB_FIELDS_41, f42
#define EBB_FIELDS_43 EBB_FIELDS_42, f43
#define EBB_FIELDS_44 EBB_FIELDS_43, f44
#define EBB_FIELDS_45 EBB_FIELDS_44, f45
#define EBB_FIELDS_46 EBB_FIELDS_45, f46
#define EBB_FIELDS_47 EBB_FIELDS_46, f47
#define EBB_FIELDS_48 EBB_FIELDS_47, f48
#define EBB_FIELDS_49 EBB_FIELDS_48, f49
#define EBB_FIELDS_50 EBB_FIELDS_49, f50
#define EBB_FIELDS_51 EBB_FIELDS_50, f51
#define EBB_FIELDS_52 EBB_FIELDS_51, f52
#define EBB_FIELDS_53 EBB_FIELDS_52, f53
#define EBB_FIELDS_54 EBB_FIELDS_53, f54
#define EBB_FIELDS_55 EBB_FIELDS_54, f55
#define EBB_FIELDS_56 EBB_FIELDS_55, f56
#define EBB_BIND(n) if constexpr (kCount == n) { auto& [EBB_FIELDS_##n] = x; return std::tie(EBB_FIELDS_##n); } else
  if constexpr (kCount == 0) { return std::tuple<>(); } else
  EBB_BIND(1) EBB_BIND(2) EBB_BIND(3) EBB_BIND(4) EBB_BIND(5) EBB_BIND(6) EBB_BIND(7)
  EBB_BIND(8) EBB_BIND(9) EBB_BIND(10) EBB_BIND(11) EBB_BIND(12) EBB_BIND(13) EBB_BIND(14)
  EBB_BIND(15) EBB_BIND(16) EBB_BIND(17) EBB_BIND(18) EBB_BIND(19) EBB_BIND(20) EBB_BIND(21)
  EBB_BIND(22) EBB_BIND(23) EBB_BIND(24) EBB_BIND(25) EBB_BIND(26) EBB_BIND(27) EBB_BIND(28)
  EBB_BIND(29) EBB_BIND(30) EBB_BIND(31) EBB_BIND(32) EBB_BIND(33) EBB_BIND(34) EBB_BIND(35)
  EBB_BIND(36) EBB_BIND(37) EBB_BIND(38) EBB_BIND(39) EBB_BIND(40) EBB_BIND(41) EBB_BIND(42)
  EBB_BIND(43) EBB_BIND(44) EBB_BIND(45) EBB_BIND(46) EBB_BIND(47) EBB_BIND(48) EBB_BIND(49)
  EBB_BIND(50) EBB_BIND(51) EBB_BIND(52) EBB_BIND(53) EBB_BIND(54) EBB_BIND(55) EBB_BIND(56)
  { return std::tuple<>(); }
#undef EBB_BIND
#undef EBB_FIELDS_1
#undef EBB_FIELDS_2
#undef EBB_FIELDS_3
#undef EBB_FIELDS_4
#undef EBB_FIELDS_5
#undef EBB_FIELDS_6
#undef EBB_FIELDS_7
#undef EBB_FIELDS_8
#undef EBB_FIELDS_9
#undef EBB_FIELDS_10
#undef EBB_FIELDS_11
#undef EBB_FIELDS_12
#undef EBB_FIELDS_13
#undef EBB_FIELDS_14
#undef EBB_FIELDS_15
#undef EBB_FIELDS_16
#undef EBB_FIELDS_17
#undef EBB_FIELDS_18
#undef EBB_FIELDS_19
#undef EBB_FIELDS_20
#undef EBB_FIELDS_21
#undef EBB_FIELDS_22
#undef EBB_FIELDS_23
#undef EBB_FIELDS_24
#undef EBB_FIELDS_25
#undef EBB_FIELDS_26
#undef EBB_FIELDS_27
#undef EBB_FIELDS_28
#undef EBB_FIELDS_29
#undef EBB_FIELDS_30
#undef EBB_FIELDS_31
#undef EBB_FIELDS_32
#undef EBB_FIELDS_33
#undef EBB_FIELDS_34
#undef EBB_FIELDS_35
#undef EBB_FIELDS_36
#undef EBB_FIELDS_37
#undef EBB_FIELDS_38
#undef EBB_FIELDS_39
#undef EBB_FIELDS_40
#undef EBB_FIELDS_41
#undef EBB_FIELDS_42
#undef EBB_FIELDS_43
#undef EBB_FIELDS_44
#undef EBB_FIELDS_45
#undef EBB_FIELDS_46
#undef EBB_FIELDS_47
#undef EBB_FIELDS_48
#undef EBB_FIELDS_49
#undef EBB_FIELDS_50
#undef EBB_FIELDS_51
#undef EBB_FIELDS_52
#undef EBB_FIELDS_53
#undef EBB_FIELDS_54
#undef EBB_FIELDS_55
#undef EBB_FIELDS_56
  // clang-format on
}

}  // namespace ebb
