#include "store/capture.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

#include "store/line_source.hpp"
#include "store/receive_time.hpp"
#include "store/unescape.hpp"

namespace ebb::store {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::SUCCESS;

constexpr std::uint64_t kHopelessLines = 1000;  // so many without any JSON, and the file is no capture
constexpr std::uint64_t kHopelessBytes = std::uint64_t{64} << 20;

constexpr std::string_view kEventTypes[] = {"book",         "price_change", "last_trade_price", "tick_size_change",
                                            "best_bid_ask", "new_market",   "market_resolved"};

bool is_event_type(std::string_view kind) {
  return std::find(std::begin(kEventTypes), std::end(kEventTypes), kind) != std::end(kEventTypes);
}
/// Recorders of several feeds name the one of this line.
bool is_market_source(std::string_view source) {
  return source.find("clob") != std::string_view::npos || source == "polymarket" || source == "market" ||
         source == "ws_market";
}
bool is_market_kind(std::string_view kind) {
  return is_event_type(kind) || kind == "market" || kind == "frame" || kind == "message";
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// Cells of one CSV row, quotes undoubled. False if a quote does not end.
bool split_row(std::string_view row, std::vector<std::string>& cells) {
  cells.assign(1, {});
  bool quoted = false;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const char c = row[i];
    if (c == '"') {
      const bool doubled = quoted && i + 1 < row.size() && row[i + 1] == '"';
      if (doubled)
        cells.back() += row[i++];
      else
        quoted = !quoted;
    } else if (c == ',' && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  return !quoted;
}

/// What a line says, found in one pass.
struct LineFields {
  std::string_view recv_ts, recv_wall_ts, ts;
  std::string_view source, kind, slug;
  std::string_view nested;  // the frame's text under raw, payload or data
  int nested_rank = 0;      // raw before payload before data
  bool has_source = false, has_kind = false;
  bool is_frame = false;    // the line has members of a frame itself
};

}  // namespace

std::string_view to_text(SkipReason reason) {
  static constexpr std::string_view kNames[kSkipReasons] = {"other_source", "other_kind", "no_frame", "invalid_json",
                                                            "too_long",     "bad_row",    "cut"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::uint64_t CaptureStats::skipped_total() const {
  return std::accumulate(skipped.begin(), skipped.end(), std::uint64_t{0});
}

struct CaptureReader::Impl {
  enum class Layout : std::uint8_t { lines, array, csv };
  /// Columns of the CSV, in our order.
  struct Columns {
    std::size_t asset_id = 0, market = 0, timestamp = 0, hash = 0, changes = 0;
  };

  std::string path;
  LineSource source;
  Layout layout = Layout::lines;
  CaptureStats stats;
  bool any_json = false;
  bool finished = false;
  ondemand::parser parser;
  std::vector<char> text;           // the frame's text where it does not stand in the line as it is
  std::vector<std::string> cells;
  std::vector<std::string> header;
  Columns columns;

  Impl(std::string p, ByteSource bytes) : path(std::move(p)), source(std::move(bytes), kMaxLine) {}

  [[nodiscard]] Error not_a_capture(const std::string& why) const {
    return {"capture.not_a_capture", path + " is not a capture: " + why,
            "a capture is NDJSON (plain or .zst) with a frame a line, one JSON array of frames, or the CSV with the "
            "columns "
            "id,asset_id,market,timestamp,hash,changes"};
  }

  Expected<void> detect() {
    TRY(one_array, source.is_one_array());
    if (one_array) layout = Layout::array;
    return {};
  }

  bool is_csv_header(std::string_view row) {
    if (!split_row(trimmed(row), header)) return false;
    const auto column = [&](std::string_view name, std::size_t& index) {
      const auto it = std::find(header.begin(), header.end(), name);
      index = static_cast<std::size_t>(it - header.begin());
      return it != header.end();
    };
    return column("asset_id", columns.asset_id) && column("market", columns.market) &&
           column("timestamp", columns.timestamp) && column("hash", columns.hash) && column("changes", columns.changes);
  }

  void skip(SkipReason reason) { ++stats.skipped[static_cast<std::size_t>(reason)]; }

  /// The frame of one line, or why there is none.
  std::optional<SkipReason> read_line(std::string_view content, CaptureFrame& frame) {
    if (layout == Layout::csv) return read_row(content, frame);
    if (starts_with(content, "[")) {
      if (!looks_like_array(content)) return SkipReason::invalid_json;
      any_json = true;
      frame.text = content;
      return std::nullopt;
    }
    if (!starts_with(content, "{")) return SkipReason::invalid_json;
    if (read_plain_line(content, frame)) return std::nullopt;
    return read_object(content, frame);
  }

  /// Of objects or empty, without control characters: a binary line that begins with a bracket is no frame.
  static bool looks_like_array(std::string_view content) {
    if (content.size() < 2 || content.back() != ']') return false;
    const std::string_view inside = trimmed(content.substr(1, content.size() - 2));
    if (!inside.empty() && (inside.front() != '{' || inside.back() != '}')) return false;
    return std::none_of(content.begin(), content.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n';
    });
  }

  /// The usual shape, {"recv_ts":N,"slug":"S","raw":"..."}: no parser needed.
  bool read_plain_line(std::string_view content, CaptureFrame& frame) {
    constexpr std::string_view kStart = "{\"recv_ts\":", kSlug = ",\"slug\":\"", kRaw = "\",\"raw\":\"";
    if (!starts_with(content, kStart)) return false;
    const std::size_t number_end = content.find(',');
    if (number_end == std::string_view::npos || !starts_with(content.substr(number_end), kSlug)) return false;
    const std::size_t slug_start = number_end + kSlug.size();
    const std::size_t slug_end = content.find('"', slug_start);
    if (slug_end == std::string_view::npos || !starts_with(content.substr(slug_end), kRaw)) return false;
    const auto received = parse_receive_time(content.substr(kStart.size(), number_end - kStart.size()));
    const std::string_view slug = content.substr(slug_start, slug_end - slug_start);
    if (!received || slug.find('\\') != std::string_view::npos) return false;
    if (text.size() < content.size() + LineSource::kSlack) text.resize(content.size() + LineSource::kSlack);
    char* out = text.data();
    const char* const end = content.data() + content.size();
    const char* const closing = unescape(content.data() + slug_end + kRaw.size(), end, out);
    if (closing == nullptr || end - closing != 2 || closing[1] != '}') return false;
    any_json = true;
    frame.received = *received;
    frame.slug = slug;
    frame.text = trimmed({text.data(), static_cast<std::size_t>(out - text.data())});
    return true;
  }

  std::optional<SkipReason> read_object(std::string_view content, CaptureFrame& frame) {
    LineFields fields;
    if (!read_fields(content, fields)) return SkipReason::invalid_json;
    any_json = true;
    if (fields.has_source && !is_market_source(fields.source)) return SkipReason::other_source;
    if (fields.has_kind && !is_market_kind(fields.kind)) return SkipReason::other_kind;
    for (const std::string_view time : {fields.recv_ts, fields.recv_wall_ts, fields.ts}) {
      if (time.empty()) continue;
      frame.received = parse_receive_time(time).value_or(Timestamp());
      break;
    }
    frame.slug = fields.slug;
    if (fields.nested_rank == 0 && !fields.is_frame) return SkipReason::no_frame;
    frame.text = fields.nested_rank > 0 ? trimmed(fields.nested) : content;
    if (is_event_type(fields.kind)) supply_event_type(fields.kind, frame.text);
    return std::nullopt;
  }

  bool read_fields(std::string_view content, LineFields& fields) {
    ondemand::document document;
    ondemand::object object;
    if (parser.iterate(content.data(), content.size(), content.size() + LineSource::kSlack).get(document) != SUCCESS ||
        document.get_object().get(object) != SUCCESS) {
      return false;
    }
    for (auto result : object) {
      ondemand::field field;
      std::string_view key;
      if (std::move(result).get(field) != SUCCESS || field.unescaped_key().get(key) != SUCCESS) return false;
      if (!read_field(key, field.value(), fields)) return false;
    }
    return document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }

  static bool read_field(std::string_view key, ondemand::value value, LineFields& fields) {
    if (key == "recv_ts") return scalar(value, fields.recv_ts);
    if (key == "recv_wall_ts") return scalar(value, fields.recv_wall_ts);
    if (key == "ts") return scalar(value, fields.ts);
    if (key == "slug") return scalar(value, fields.slug);
    if (key == "source") {
      fields.has_source = true;
      return scalar(value, fields.source);
    }
    if (key == "kind") {
      fields.has_kind = true;
      return scalar(value, fields.kind);
    }
    if (key == "raw") return nested(value, 3, fields);
    if (key == "payload") return nested(value, 2, fields);
    if (key == "data") return nested(value, 1, fields);
    if (key == "event_type" || key == "bids" || key == "price_changes" || key == "changes") fields.is_frame = true;
    return true;
  }

  /// Text of a string or number; empty for other values. False = broken JSON.
  static bool scalar(ondemand::value value, std::string_view& out) {
    ondemand::json_type type;
    if (value.type().get(type) != SUCCESS) return false;
    if (type == ondemand::json_type::string) return value.get_string().get(out) == SUCCESS;
    if (type == ondemand::json_type::number) out = trimmed(value.raw_json_token());
    return true;
  }

  static bool nested(ondemand::value value, int rank, LineFields& fields) {
    ondemand::json_type type;
    if (value.type().get(type) != SUCCESS) return false;
    std::string_view found;
    if (type == ondemand::json_type::string) {
      if (value.get_string().get(found) != SUCCESS) return false;
    } else if (type == ondemand::json_type::object) {
      ondemand::object object;
      if (value.get_object().get(object) != SUCCESS || object.raw_json().get(found) != SUCCESS) return false;
    } else if (type == ondemand::json_type::array) {
      ondemand::array array;
      if (value.get_array().get(array) != SUCCESS || array.raw_json().get(found) != SUCCESS) return false;
    } else {
      return true;
    }
    if (rank > fields.nested_rank) {
      fields.nested = found;
      fields.nested_rank = rank;
    }
    return true;
  }

  /// The recorder moved the event's type to the line: put it back.
  void supply_event_type(std::string_view kind, std::string_view& frame_text) {
    if (!starts_with(frame_text, "{") || frame_text.find("\"event_type\"") != std::string_view::npos) return;
    const std::string_view rest = trimmed(frame_text.substr(1));
    std::string whole = "{\"event_type\":\"";
    whole += kind;
    whole += starts_with(rest, "}") ? "\"" : "\",";
    whole += rest;
    keep_text(whole, frame_text);
  }

  void keep_text(std::string_view from, std::string_view& frame_text) {
    if (text.size() < from.size()) text.resize(from.size());
    std::memcpy(text.data(), from.data(), from.size());
    frame_text = {text.data(), from.size()};
  }

  std::optional<SkipReason> read_row(std::string_view row, CaptureFrame& frame) {
    if (!split_row(row, cells) || cells.size() != header.size()) return SkipReason::bad_row;
    const auto time = parse_receive_time(cells[columns.timestamp]);
    const std::string& changes = cells[columns.changes];
    const auto is_plain = [](const std::string& cell) { return cell.find_first_of("\"\\") == std::string::npos; };
    if (!time || !starts_with(trimmed(changes), "[") || !is_plain(cells[columns.market]) ||
        !is_plain(cells[columns.asset_id]) || !is_plain(cells[columns.hash])) {
      return SkipReason::bad_row;
    }
    const std::string whole = "{\"market\":\"" + cells[columns.market] + "\",\"asset_id\":\"" +
                              cells[columns.asset_id] + "\",\"timestamp\":\"" + std::to_string(time->ms()) +
                              "\",\"hash\":\"" + cells[columns.hash] +
                              "\",\"event_type\":\"price_change\",\"changes\":" + changes + "}";
    keep_text(whole, frame.text);
    frame.received = *time;
    return std::nullopt;
  }

  [[nodiscard]] bool hopeless() const {
    return !any_json && layout != Layout::csv &&
           (stats.lines >= kHopelessLines || source.bytes().bytes_consumed() > kHopelessBytes);
  }

  Expected<bool> end() {
    finished = true;
    if (source.error()) return std::unexpected(*source.error());
    if (stats.frames > 0) return false;
    if (stats.lines == 0) return std::unexpected(not_a_capture("it is empty"));
    return std::unexpected(not_a_capture("none of its " + std::to_string(stats.lines) + " lines holds a market frame"));
  }

  Expected<bool> next(CaptureFrame& frame) {
    while (!finished) {
      const Piece piece = layout == Layout::array ? source.next_element() : source.next_line();
      if (piece.kind == Piece::Kind::end) return end();
      if (stats.lines == 0 && layout == Layout::lines && is_csv_header(piece.text)) {
        layout = Layout::csv;
        continue;
      }
      ++stats.lines;
      if (piece.kind == Piece::Kind::too_long || piece.cut) {
        skip(piece.cut ? SkipReason::cut : SkipReason::too_long);
      } else {
        frame = CaptureFrame{.line = piece.number};
        const auto reason = read_line(trimmed(piece.text), frame);
        if (!reason) {
          ++stats.frames;
          return true;
        }
        skip(*reason);
      }
      if (hopeless()) {
        finished = true;
        return std::unexpected(not_a_capture("its first " + std::to_string(stats.lines) + " lines are not JSON"));
      }
    }
    return false;
  }
};

CaptureReader::CaptureReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptureReader::CaptureReader(CaptureReader&&) noexcept = default;
CaptureReader& CaptureReader::operator=(CaptureReader&&) noexcept = default;
CaptureReader::~CaptureReader() = default;

Expected<CaptureReader> CaptureReader::open(const std::string& path) {
  TRY(bytes, ByteSource::open(path));
  auto impl = std::make_unique<Impl>(path, std::move(bytes));
  TRY_VOID(impl->detect());
  return CaptureReader(std::move(impl));
}

Expected<bool> CaptureReader::next(CaptureFrame& frame) { return impl_->next(frame); }
const CaptureStats& CaptureReader::stats() const { return impl_->stats; }
std::uint64_t CaptureReader::bytes_consumed() const { return impl_->source.bytes().bytes_consumed(); }
std::uint64_t CaptureReader::file_size() const { return impl_->source.bytes().file_size(); }

}  // namespace ebb::store
