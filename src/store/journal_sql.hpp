// Between the journal and SQLiteCpp: binding and reading of our types, names of enumerations, exceptions into errors.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"
#include "model/order.hpp"
#include "model/record.hpp"

namespace ebb::store {

/// A row says something that no journal of ours says; becomes `journal.damaged`.
struct DamagedRow {
  std::string what;
};
/// A record cannot be kept for a reason of its own; carries the error to the border of the module.
struct Refused {
  Error error;
};

/// What an exception of SQLite means to the operator.
[[nodiscard]] Error to_error(const SQLite::Exception& exception);
[[nodiscard]] Error to_error(const DamagedRow& row);

/// Runs `body` (which may throw) and returns its result or its error.
template <class Body>
auto guarded(Body&& body) -> Expected<decltype(body())> {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      return {};
    } else {
      return body();
    }
  } catch (const SQLite::Exception& exception) {
    return std::unexpected(to_error(exception));
  } catch (const DamagedRow& row) {
    return std::unexpected(to_error(row));
  } catch (const Refused& refused) {
    return std::unexpected(refused.error);
  } catch (const std::exception& other) {
    return fail("journal.io", std::string("the journal cannot be used: ") + other.what());
  }
}

// --- Binding ------------------------------------------------------------------------------------------------------------

struct Null {};

inline void bind_one(SQLite::Statement& s, int at, Null) { s.bind(at); }
template <std::integral Integer>
void bind_one(SQLite::Statement& s, int at, Integer value) {
  s.bind(at, static_cast<std::int64_t>(value));
}
inline void bind_one(SQLite::Statement& s, int at, std::string_view text) { s.bind(at, std::string(text)); }
inline void bind_one(SQLite::Statement& s, int at, const std::string& text) { s.bind(at, text); }
inline void bind_one(SQLite::Statement& s, int at, const char* text) { s.bind(at, text); }
inline void bind_one(SQLite::Statement& s, int at, Timestamp time) { s.bind(at, std::int64_t{time.ns()}); }
template <class Tag, class Rep>
void bind_one(SQLite::Statement& s, int at, Quantity<Tag, Rep> value) {
  s.bind(at, static_cast<std::int64_t>(value.raw()));
}
template <class T>
void bind_one(SQLite::Statement& s, int at, const std::optional<T>& value) {
  value ? bind_one(s, at, *value) : s.bind(at);
}

/// Makes a statement ready for another round with these parameters.
template <class... Values>
SQLite::Statement& bind_all(SQLite::Statement& s, const Values&... values) {
  (void)s.tryReset();  // a step that failed says so again here
  int at = 0;
  (bind_one(s, ++at, values), ...);
  return s;
}
/// Runs a statement without results; returns the rows it changed.
template <class... Values>
int run(SQLite::Statement& s, const Values&... values) {
  const int changed = bind_all(s, values...).exec();
  s.reset();
  return changed;
}

// --- Reading ------------------------------------------------------------------------------------------------------------

/// Reads the columns of a row from left to right.
class Row {
 public:
  explicit Row(const SQLite::Statement& s) : s_(&s) {}
  std::int64_t integer() { return s_->getColumn(at_++).getInt64(); }
  std::string text() { return s_->getColumn(at_++).getString(); }
  bool flag() { return integer() != 0; }
  bool null() const { return s_->getColumn(at_).isNull(); }
  Timestamp time() { return Timestamp(integer()); }
  template <class T>
  T quantity() {
    return T(static_cast<decltype(T{}.raw())>(integer()));
  }
  template <std::integral Integer>
  Integer number() {
    return static_cast<Integer>(integer());
  }
  Row& skip(int columns = 1) {
    at_ += columns;
    return *this;
  }

 private:
  const SQLite::Statement* s_;
  int at_ = 0;
};

// --- Names --------------------------------------------------------------------------------------------------------------

[[nodiscard]] std::string_view name_of(model::Crossing crossing);
[[nodiscard]] std::string_view name_of(model::EndPrecision precision);
[[nodiscard]] std::string_view name_of(model::OperatorAction action);
/// The name of a phase as text that lasts; empty for a phase that nobody knows any more.
[[nodiscard]] std::string_view phase_of(std::string_view name);

// The value of a name; throw DamagedRow for anything else.
[[nodiscard]] model::Side side_of(std::string_view name);
[[nodiscard]] model::OrderType order_type_of(std::string_view name);
[[nodiscard]] model::Crossing crossing_of(std::string_view name);
[[nodiscard]] model::OrderPurpose purpose_of(std::string_view name);
[[nodiscard]] model::OrderState state_of(std::string_view name);
[[nodiscard]] model::OrderStep step_of(std::string_view name);
[[nodiscard]] model::CancelReason cancel_reason_of(std::string_view name);
[[nodiscard]] model::RejectKind reject_of(std::string_view name);
[[nodiscard]] model::TradeStatus trade_status_of(std::string_view name);
[[nodiscard]] model::LedgerChange ledger_change_of(std::string_view name);
[[nodiscard]] model::EndPrecision end_precision_of(std::string_view name);
[[nodiscard]] model::OrderId order_id_of(std::string_view text);
[[nodiscard]] model::TradeId trade_id_of(std::string_view text);

}  // namespace ebb::store
