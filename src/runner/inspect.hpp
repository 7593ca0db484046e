// What is in a capture: events, tokens, rates, gaps, quirks, and whether the venue's own book hashes agree with the books
// rebuilt from the frames. Every hash is checked (rules 1.5).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "model/market_data.hpp"
#include "polymarket/market_decoder.hpp"

namespace ebb::runner {

/// Verification of the venue's hashes. A hash that lacks a part of its preimage (a streamed `book`, a token without a
/// snapshot) is not checked.
struct HashReport {
  std::uint64_t checked = 0;  ///< single hashes: books that carry their preimage, entries of price_change
  std::uint64_t verified = 0;
  std::uint64_t books_checked = 0;  ///< of these, books
  std::uint64_t books_verified = 0;
  std::uint64_t mismatched = 0;  ///< checked - verified; most are steps within one millisecond
  /// A group = the entries of one asset in consecutive messages of one (market, millisecond), of assets with a snapshot;
  /// verified when the book after it matches a hash of the group.
  std::uint64_t group_checked = 0;
  std::uint64_t group_verified = 0;
  std::map<std::string, std::uint64_t> groups_mismatched_by_class;
};

/// Pauses of a recording, by receive time (where there is none, by exchange time).
struct GapReport {
  std::uint64_t over_5s = 0;
  std::uint64_t while_busy = 0;  ///< of these, with more than one frame a second in the minute before (rules 1.4)
  Duration longest;
};

struct TokenInspection {
  std::string token_id;
  std::string market;
  std::string slug;  ///< empty when the recorder did not note it
  std::uint64_t books = 0;
  std::uint64_t changes = 0;  ///< entries
  std::uint64_t trades = 0;
};

struct InspectReport {
  std::uint64_t frames = 0;
  std::uint64_t events = 0;
  std::array<std::uint64_t, model::kMarketEventKinds> events_by_kind{};
  polymarket::DecoderStats decoder;
  std::vector<TokenInspection> tokens;  ///< with a book, a change or a trade; in order of appearance
  std::uint64_t markets = 0;
  Timestamp first;  ///< receive times; exchange times where there are none
  Timestamp last;
  std::uint64_t busiest_minute = 0;  ///< frames in the fullest calendar minute
  std::uint64_t levels_median = 0;  ///< levels a book, both sides
  std::uint64_t levels_max = 0;
  GapReport gaps;
  HashReport hash;
  std::map<std::string, std::uint64_t> quirks;
  std::uint64_t lines = 0;  ///< frames + skipped
  std::uint64_t skipped = 0;
  std::map<std::string, std::uint64_t> skipped_by_reason;
  bool interrupted = false;
  std::vector<Error> errors;  ///< captures that could only be read in part
};

struct InspectProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::uint64_t frames = 0;
};

/// Reads the captures one after the other; each is a recording of its own. `progress` is called every few thousand frames
/// and returns whether to go on; it may be empty. A capture that breaks off gives its part, with its error in `errors`.
/// Errors: those of store::CaptureReader for a file that cannot be read at all.
[[nodiscard]] Expected<InspectReport> inspect(const std::vector<std::string>& paths,
                                              const std::function<bool(const InspectProgress&)>& progress = {});

/// The members of the JSON result, key and JSON value, in order (command line contract).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> json_members(const InspectReport& report);
/// For people.
[[nodiscard]] std::string to_table(const InspectReport& report);

}  // namespace ebb::runner
