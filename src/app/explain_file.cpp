#include "app/explain_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "app/json.hpp"
#include "app/time_text.hpp"
#include "base/decimal.hpp"

namespace ebb::app {

namespace {

namespace dom = simdjson::dom;

constexpr const char* kRunFirst = "run `./ebb demo` first: every run leaves its tokens' reasons in the data directory";
constexpr std::size_t kShownMatches = 5;

// --- writing ---

std::string dollars_text(std::int64_t micros) { return to_text(Usdc(micros)); }

void write_quote(JsonWriter& json, const engine::TokenReport& token) {
  json.key("quote").begin_object().field("bid", to_text(token.quote.bid)).field("ask", to_text(token.quote.ask));
  json.field("bid_size", to_text(token.quote.bid_size)).field("ask_size", to_text(token.quote.ask_size));
  json.field("tick", to_text(token.tick)).field("trusted", token.trusted);
  json.field("untrusted_reason", token.untrusted_reason).field("data_age_ms", to_seconds(token.data_age) * 1e3);
  json.field("link_age_ms", to_seconds(token.link_age) * 1e3).end_object();
}

void write_signal(JsonWriter& json, const engine::TokenReport& token) {
  const double drop_raw = token.drop_now * token.window_high.raw();
  json.key("signal").begin_object().field("window_high", to_text(token.window_high));
  json.field("drop_now", token.drop_now).field("drop_needed", token.drop_needed);
  json.field("drop_ticks_now", drop_raw / token.tick.raw()).field("drop_ticks_needed", token.drop_ticks_needed);
  json.field("max_drop", token.max_drop).field("window_points", token.window_points);
  json.field("window_seconds", to_seconds(token.window)).field("last_signal", iso_text(token.last_signal));
  json.field("last_refusal", token.last_refusal).field("refusal_repeats", token.refusal_repeats).end_object();
}

void write_position(JsonWriter& json, const engine::TokenReport& token) {
  json.key("position").begin_object().field("class", model::to_text(token.position_class));
  json.field("size", to_text(token.size)).field("sellable", to_text(token.sellable));
  json.field("settling", to_text(token.settling)).field("cost", to_text(token.cost));
  json.field("average_cost", dollars_text(token.average_cost_micros)).field("mark", to_text(token.mark));
  json.field("realized", to_text(token.realized)).field("unrealized", to_text(token.unrealized));
  json.field("fees", to_text(token.fees)).field("floor", to_text(token.floor));
  json.field("fills", token.fills).field("round_trips", token.round_trips).end_object();
  json.key("budget").begin_object().field("open_buys", to_text(token.open_buys));
  json.field("market_worst_loss", to_text(token.market_worst_loss));
  json.field("total_worst_loss", to_text(token.total_worst_loss)).end_object();
}

void write_token(JsonWriter& json, const engine::TokenReport& token) {
  json.begin_object().field("token_id", token.token_id).field("question", token.question).field("slug", token.slug);
  json.field("outcome", token.outcome).field("tier", token.tier).field("phase", engine::to_text(token.phase));
  json.field("reason", token.reason).key("guards").begin_array();
  for (const std::string& guard : token.guards) json.value(guard);
  json.end_array();
  write_quote(json, token);
  write_signal(json, token);
  write_position(json, token);
  json.key("orders").begin_array();
  for (const engine::OrderReport& order : token.orders) {
    json.begin_object().field("order_id", model::to_text(order.id)).field("side", model::to_text(order.side));
    json.field("state", model::to_text(order.state)).field("price", to_text(order.price));
    json.field("size", to_text(order.size)).field("filled", to_text(order.filled));
    json.field("age_seconds", to_seconds(order.age)).end_object();
  }
  json.end_array().key("decisions").begin_array();
  for (const engine::Decision& decision : token.decisions) {
    json.begin_object().field("at", iso_text(decision.at)).field("kind", engine::to_text(decision.kind));
    json.field("side", model::to_text(decision.side)).field("price", to_text(decision.price));
    json.field("size", to_text(decision.size)).field("reason", decision.reason).end_object();
  }
  json.end_array().end_object();
}

std::unexpected<Error> unwritable(const std::filesystem::path& path) {
  return fail("data_dir.unwritable", fmt::format("{} cannot be written: {}", path.string(), std::strerror(errno)),
              "choose another directory with --data-dir DIR");
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// --- reading ---

/// Reads members of one object; the first that is missing or of another kind is remembered.
class Members {
 public:
  Members(simdjson::simdjson_result<dom::element> object, std::string& problem) : object_(object), problem_(&problem) {}
  Members(dom::element object, std::string& problem) : object_(std::move(object)), problem_(&problem) {}

  [[nodiscard]] std::string text(const char* name) const { return std::string(get<std::string_view>(name)); }
  [[nodiscard]] double number(const char* name) const { return get<double>(name); }
  [[nodiscard]] std::int64_t whole(const char* name) const { return get<std::int64_t>(name); }
  [[nodiscard]] bool flag(const char* name) const { return get<bool>(name); }
  [[nodiscard]] Members object(const char* name) const { return {object_[name], *problem_}; }
  template <class Visit>
  void each(const char* name, Visit visit) const {
    dom::array array;
    if (object_[name].get(array) != simdjson::SUCCESS) return note(name);
    for (const dom::element element : array) visit(Members(element, *problem_));
  }
  /// The value itself, where it is a text.
  [[nodiscard]] std::string as_text() const {
    std::string_view value;
    if (object_.get(value) != simdjson::SUCCESS) note("text");
    return std::string(value);
  }

 private:
  template <class T>
  [[nodiscard]] T get(const char* name) const {
    T value{};
    if (object_[name].get(value) != simdjson::SUCCESS) note(name);
    return value;
  }
  void note(const char* name) const {
    if (problem_->empty()) *problem_ = fmt::format("\"{}\" is missing or of another kind", name);
  }

  simdjson::simdjson_result<dom::element> object_;  // an absent object is an error that each access repeats
  std::string* problem_;
};

std::unexpected<Error> damaged(const std::filesystem::path& path, const std::string& why) {
  return fail("explain.damaged", fmt::format("{} is damaged: {}", path.string(), why),
              "the next `./ebb demo` or `./ebb backtest` writes it anew");
}

void read_market(const Members& members, ExplainedToken& token) {
  const Members quote = members.object("quote");
  token.bid = quote.text("bid");
  token.ask = quote.text("ask");
  token.bid_size = quote.text("bid_size");
  token.ask_size = quote.text("ask_size");
  token.tick = quote.text("tick");
  token.trusted = quote.flag("trusted");
  token.untrusted_reason = quote.text("untrusted_reason");
  token.data_age_ms = quote.number("data_age_ms");
  token.link_age_ms = quote.number("link_age_ms");
  const Members signal = members.object("signal");
  token.window_high = signal.text("window_high");
  token.drop_now = signal.number("drop_now");
  token.drop_needed = signal.number("drop_needed");
  token.drop_ticks_now = signal.number("drop_ticks_now");
  token.drop_ticks_needed = signal.whole("drop_ticks_needed");
  token.max_drop = signal.number("max_drop");
  token.window_points = signal.whole("window_points");
  token.window_seconds = signal.number("window_seconds");
  token.last_signal = signal.text("last_signal");
  token.last_refusal = signal.text("last_refusal");
  token.refusal_repeats = signal.whole("refusal_repeats");
}

void read_holding(const Members& members, ExplainedToken& token) {
  const Members position = members.object("position");
  token.position_class = position.text("class");
  token.size = position.text("size");
  token.sellable = position.text("sellable");
  token.settling = position.text("settling");
  token.cost = position.text("cost");
  token.average_cost = position.text("average_cost");
  token.mark = position.text("mark");
  token.realized = position.text("realized");
  token.unrealized = position.text("unrealized");
  token.fees = position.text("fees");
  token.floor = position.text("floor");
  token.fills = position.whole("fills");
  token.round_trips = position.whole("round_trips");
  const Members budget = members.object("budget");
  token.open_buys = budget.text("open_buys");
  token.market_worst_loss = budget.text("market_worst_loss");
  token.total_worst_loss = budget.text("total_worst_loss");
}

ExplainedToken read_token(const Members& members) {
  ExplainedToken token;
  token.token_id = members.text("token_id");
  token.question = members.text("question");
  token.slug = members.text("slug");
  token.outcome = members.text("outcome");
  token.tier = members.text("tier");
  token.phase = members.text("phase");
  token.reason = members.text("reason");
  members.each("guards", [&](const Members& guard) { token.guards.push_back(guard.as_text()); });
  read_market(members, token);
  read_holding(members, token);
  members.each("orders", [&](const Members& m) {
    token.orders.push_back({m.text("order_id"), m.text("side"), m.text("state"), m.text("price"), m.text("size"),
                            m.text("filled"), m.number("age_seconds")});
  });
  members.each("decisions", [&](const Members& m) {
    token.decisions.push_back(
        {m.text("at"), m.text("kind"), m.text("side"), m.text("price"), m.text("size"), m.text("reason")});
  });
  return token;
}

/// The token's object: an exact id, or the only one that begins so.
Expected<dom::element> find_token(const std::filesystem::path& path, dom::array tokens, std::string_view wanted) {
  std::vector<std::pair<std::string_view, dom::element>> found;
  for (const dom::element token : tokens) {
    std::string_view id;
    if (token["token_id"].get(id) != simdjson::SUCCESS) return damaged(path, "a token without its id");
    if (id == wanted) return token;
    if (id.starts_with(wanted)) found.emplace_back(id, token);
  }
  if (found.size() == 1) return found.front().second;
  if (found.empty()) {
    return fail(
        "explain.unknown", fmt::format("no token of the last run begins with \"{}\"", wanted),
        fmt::format("it had {} tokens; its summary lists their ids (`tokens_detail` with --json)", tokens.size()));
  }
  std::string ids;
  for (std::size_t i = 0; i < std::min(found.size(), kShownMatches); ++i)
    ids += fmt::format("{}{}", i == 0 ? "" : ", ", found[i].first);
  if (found.size() > kShownMatches) ids += ", ...";
  return fail("explain.ambiguous", fmt::format("{} tokens begin with \"{}\"", found.size(), wanted),
              "give more digits: " + ids);
}

// --- words ---

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

/// Side, size and price, as far as the decision has them: "BUY        10 at 0.41   ".
std::string decided_text(const ExplainedToken::Decision& d) {
  const bool has_size = d.size != "0";
  const bool has_price = d.price != "0";
  return fmt::format("{:<4} {:>8} {:<10}", has_size || has_price ? d.side : "", has_size ? d.size : "",
                     has_price ? "at " + d.price : "");
}

std::string quote_line(const ExplainedToken& t) {
  if (!t.trusted)
    return fmt::format("not trusted ({}): nothing is bought until a snapshot restores the book", t.untrusted_reason);
  const auto side = [](std::string_view name, const std::string& price, const std::string& size) {
    return size == "0" ? fmt::format("no {}", name) : fmt::format("{} {} x {}", name, price, size);
  };
  return fmt::format("{}, {}, tick {}; data {}, link {} old", side("bid", t.bid, t.bid_size),
                     side("ask", t.ask, t.ask_size), t.tick,
                     span_text(milliseconds(static_cast<std::int64_t>(t.data_age_ms))),
                     span_text(milliseconds(static_cast<std::int64_t>(t.link_age_ms))));
}

std::string signal_line(const ExplainedToken& t) {
  const std::string window = span_text(seconds(static_cast<std::int64_t>(t.window_seconds)));
  if (t.window_points == 0) return fmt::format("no mid in the window of {} yet", window);
  return fmt::format(
      "{:.2f} % ({:.1f} ticks) below the high {} of the last {}; a BUY needs {:.2f} % and {} ticks; deepest {:.2f} %, "
      "{} points",
      t.drop_now * 100.0, t.drop_ticks_now, t.window_high, window, t.drop_needed * 100.0, t.drop_ticks_needed,
      t.max_drop * 100.0, t.window_points);
}

std::string position_line(const ExplainedToken& t) {
  if (t.size == "0") return "none";
  return fmt::format(
      "{} shares ({}) at {}, cost {}; {} may be sold, {} settling; worth {} at the bids; not sold below {}", t.size,
      t.position_class, t.average_cost, t.cost, t.sellable, t.settling, t.mark, t.floor);
}

}  // namespace

std::string explain_document(const runner::RunSummary& summary) {
  JsonWriter json;
  json.begin_object().field("format", 1).key("run").begin_object().field("command", summary.command);
  json.key("seed");
  summary.seed ? json.value(*summary.seed) : json.null();
  json.field("market_seconds", to_seconds(summary.market_time))
      .field("commands_sha256", summary.commands_sha256)
      .end_object();
  json.key("tokens").begin_array();
  for (const engine::TokenReport& token : summary.tokens) write_token(json, token);
  json.end_array().end_object();
  return json.text() + "\n";
}

Expected<void> write_explain(const std::filesystem::path& directory, const runner::RunSummary& summary) {
  const std::filesystem::path target = directory / kExplainFile;
  std::string temporary = target.string() + ".XXXXXX";
  const int fd = mkstemp(temporary.data());
  if (fd < 0) return unwritable(target);
  const bool written = write_all(fd, explain_document(summary)) && fsync(fd) == 0;
  const bool closed = close(fd) == 0;
  if (!written || !closed || rename(temporary.c_str(), target.c_str()) != 0) {
    const int reason = errno;
    unlink(temporary.c_str());
    errno = reason;
    return unwritable(target);
  }
  return {};
}

Expected<std::vector<ExplainedToken>> explained_tokens(const std::string& document) {
  const std::filesystem::path here = "the explanation";
  dom::parser parser;
  dom::element root;
  if (const auto code = parser.parse(document).get(root); code != simdjson::SUCCESS)
    return damaged(here, simdjson::error_message(code));
  dom::array tokens;
  if (root["tokens"].get(tokens) != simdjson::SUCCESS) return damaged(here, "it is not what a run writes");
  std::string problem;
  const std::string run = Members(root, problem).object("run").text("command");
  std::vector<ExplainedToken> explained;
  for (const dom::element element : tokens) {
    explained.push_back(read_token(Members(element, problem)));
    explained.back().run = run;
    explained.back().json = simdjson::minify(element);
  }
  if (!problem.empty()) return damaged(here, problem);
  return explained;
}

Expected<ExplainedToken> read_explained(const std::filesystem::path& directory, std::string_view wanted) {
  const std::filesystem::path path = directory / kExplainFile;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail("explain.no_run", fmt::format("there is no run to explain: {} does not exist", path.string()),
                kRunFirst);
  }
  dom::parser parser;
  dom::element document;
  if (const auto code = parser.load(path.string()).get(document); code != simdjson::SUCCESS) {
    return damaged(path, simdjson::error_message(code));
  }
  std::int64_t format = 0;
  dom::array tokens;
  if (document["format"].get(format) != simdjson::SUCCESS || format != 1 ||
      document["tokens"].get(tokens) != simdjson::SUCCESS) {
    return damaged(path, "it is not what a run writes");
  }
  TRY(element, find_token(path, tokens, wanted));
  std::string problem;
  ExplainedToken token = read_token(Members(element, problem));
  const Members run = Members(document, problem).object("run");
  token.run = run.text("command");
  if (!problem.empty()) return damaged(path, problem);
  if (std::uint64_t seed = 0; document["run"]["seed"].get(seed) == simdjson::SUCCESS)
    token.run += fmt::format(", seed {}", seed);
  token.json = simdjson::minify(element);
  return token;
}

std::string explain_text(const ExplainedToken& t, Colour colour) {
  std::string out;
  const auto line = [&](std::string_view label, const std::string& text) {
    out += fmt::format("{:<12}{}\n", label, text);
  };
  const std::string name = t.question.empty() ? t.slug : t.question;
  out += colour == Colour::on ? fmt::format("\x1b[1m{}: {}\x1b[0m\n", t.phase, t.reason)
                              : fmt::format("{}: {}\n", t.phase, t.reason);
  line("token", t.token_id);
  line("market", fmt::format("{}{}{} (tier {}; {})", name, t.outcome.empty() ? "" : " - ", t.outcome, t.tier, t.run));
  line("quote", quote_line(t));
  line("signal", signal_line(t));
  if (!t.last_signal.empty()) {
    line("", fmt::format("last signal {}{}", t.last_signal,
                         t.last_refusal.empty()
                             ? ""
                             : fmt::format("; refused: {} ({} repeats)", t.last_refusal, t.refusal_repeats)));
  }
  for (std::size_t i = 0; i < t.guards.size(); ++i) line(i == 0 ? "guards" : "", t.guards[i]);
  if (t.guards.empty()) line("guards", "none holds");
  line("position", position_line(t));
  line("PnL", fmt::format("realised {}, unrealised {}, fees {}; {} fills, {} round trips", t.realized, t.unrealized,
                          t.fees, t.fills, t.round_trips));
  line("budget", fmt::format("open BUYs {}; worst loss {} in this market, {} in all", t.open_buys, t.market_worst_loss,
                             t.total_worst_loss));
  for (std::size_t i = 0; i < t.orders.size(); ++i) {
    const ExplainedToken::Order& o = t.orders[i];
    line(i == 0 ? "orders" : "",
         fmt::format("{} {} at {}, {} filled, {}, {} old", o.side, o.size, o.price, o.filled, o.state,
                     span_text(milliseconds(static_cast<std::int64_t>(o.age_seconds * 1000.0)))));
  }
  if (t.orders.empty()) line("orders", "none open");
  for (std::size_t i = 0; i < t.decisions.size(); ++i) {
    const ExplainedToken::Decision& d = t.decisions[i];
    line(i == 0 ? "decisions" : "", fmt::format("{}  {:<14} {} {}", or_dash(d.at), d.kind, decided_text(d), d.reason));
  }
  if (t.decisions.empty()) line("decisions", "none yet");
  return out;
}

}  // namespace ebb::app
