// The journal's schema in numbered migrations (docs/journal.md describes the tables).
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <span>

#include "base/expected.hpp"

namespace ebb::store {

/// PRAGMA application_id of a journal: "EBBJ".
inline constexpr std::int32_t kApplicationId = 0x4542424A;

/// Step i takes a schema of version i to version i + 1. A released step is never changed.
[[nodiscard]] std::span<const char* const> journal_migrations();

/// Runs the steps that are missing, each in a transaction of its own with its PRAGMA user_version. Error `journal.newer`.
/// Throws SQLite::Exception.
Expected<void> migrate(SQLite::Database& db, std::span<const char* const> steps);

}  // namespace ebb::store
