#include "exchange/fault_words.hpp"

#include <array>

#include "base/decimal.hpp"

namespace ebb::exchange {
namespace {

bool read_share(std::string_view text, FaultSettings& s) {
  const auto value = parse_scaled(text, 6);
  if (!value || *value > 1'000'000) return false;
  s.share = static_cast<double>(*value) / 1e6;
  return true;
}
bool read_channel(std::string_view text, FaultSettings& s) {
  if (text == "market")
    s.channel = FaultChannel::market;
  else if (text == "user")
    s.channel = FaultChannel::user;
  else if (text == "all")
    s.channel = FaultChannel::all;
  else
    return false;
  return true;
}
bool read_path(std::string_view text, FaultSettings& s) {
  constexpr std::string_view kNames[] = {"orders", "cancels", "reads", "data", "gamma", "all"};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    if (text != kNames[i]) continue;
    s.path = static_cast<FaultPath>(i);
    return true;
  }
  return false;
}
bool read_milliseconds(std::string_view text, Duration& out) {
  const auto value = parse_scaled(text, 6);
  if (!value) return false;
  out = Duration(*value);
  return true;
}
bool read_wait(std::string_view text, FaultSettings& s) { return read_milliseconds(text, s.wait); }
bool read_jitter(std::string_view text, FaultSettings& s) { return read_milliseconds(text, s.jitter); }
bool read_seed(std::string_view text, FaultSettings& s) {
  const auto value = parse_fault_count(text);
  s.seed = value.value_or(0);
  return value && *value > 0;
}
bool read_code(std::string_view text, FaultSettings& s) {
  const auto value = parse_fault_count(text);
  if (!value || *value < 400 || *value > 599) return false;
  s.code = static_cast<int>(*value);
  return true;
}
bool read_retry(std::string_view text, FaultSettings& s) {
  const auto value = parse_fault_count(text);
  if (!value || *value > 3600) return false;
  s.retry_after = static_cast<int>(*value);
  return true;
}
bool read_flag(std::string_view text, bool& out) {
  if (text != "0" && text != "1") return false;
  out = text == "1";
  return true;
}
bool read_applied(std::string_view text, FaultSettings& s) { return read_flag(text, s.applied); }
bool read_abrupt(std::string_view text, FaultSettings& s) { return read_flag(text, s.abrupt); }
bool read_body(std::string_view text, FaultSettings& s) {
  s.html = text == "html";
  return text == "html" || text == "json";
}
bool read_mode(std::string_view text, FaultSettings& s) {
  if (text == "post_only")
    s.mode = model::VenueMode::post_only;
  else if (text == "cancel_only")
    s.mode = model::VenueMode::cancel_only;
  else if (text == "disabled")
    s.mode = model::VenueMode::disabled;
  else if (text == "restarting")
    s.mode = model::VenueMode::restarting;
  else
    return false;
  return true;
}
bool read_market(std::string_view text, FaultSettings& s) {
  s.market = text;
  return !text.empty();
}
bool read_tick(std::string_view text, FaultSettings& s) {
  const auto value = parse_price(text);
  if (!value || value->raw() <= 0 || kPriceScale % value->raw() != 0) return false;
  s.tick = *value;
  return true;
}
bool read_payout(std::string_view text, FaultSettings& s) {
  if (text == "yes")
    s.payout_micros = kUsdcScale;
  else if (text == "no")
    s.payout_micros = 0;
  else if (text == "half")
    s.payout_micros = kUsdcScale / 2;
  else
    return false;
  return true;
}
bool read_skew(std::string_view text, FaultSettings& s) {
  const bool negative = text.starts_with('-');
  const auto value = parse_fault_seconds(negative ? text.substr(1) : text);
  if (!value) return false;
  s.skew = negative ? -*value : *value;
  return true;
}

constexpr std::string_view kShares = "0 to 1", kChannels = "market, user or all";
constexpr std::string_view kPaths = "orders, cancels, reads, data, gamma or all", kFlags = "0 or 1",
                           kMs = "milliseconds";

constexpr FaultParameter kDisconnect[] = {{"channel", kChannels, "all", read_channel},
                                          {"share", kShares, "1", read_share},
                                          {"abrupt", "0 (with a close frame) or 1", "1", read_abrupt}};
constexpr FaultParameter kFreeze[] = {{"channel", kChannels, "market", read_channel},
                                      {"share", kShares, "1", read_share}};
constexpr FaultParameter kLose[] = {{"channel", kChannels, "all", read_channel},
                                    {"share", kShares, "0.05", read_share}};
constexpr FaultParameter kDelay[] = {
    {"channel", kChannels, "all", read_channel}, {"ms", kMs, "500", read_wait}, {"jitter", kMs, "0", read_jitter}};
constexpr FaultParameter kDuplicate[] = {{"channel", kChannels, "all", read_channel},
                                         {"share", kShares, "0.1", read_share}};
constexpr FaultParameter kReorder[] = {
    {"channel", kChannels, "all", read_channel}, {"share", kShares, "0.2", read_share}, {"ms", kMs, "100", read_wait}};
constexpr FaultParameter kPermute[] = {{"seed", "a whole number above 0", "1", read_seed}};
constexpr FaultParameter kTimeout[] = {{"path", kPaths, "orders", read_path},
                                       {"share", kShares, "1", read_share},
                                       {"applied", kFlags, "1", read_applied},
                                       {"ms", "milliseconds until the connection is closed", "30000", read_wait}};
constexpr FaultParameter kStatus[] = {{"code", "400 to 599", "503", read_code},
                                      {"path", kPaths, "orders", read_path},
                                      {"share", kShares, "1", read_share},
                                      {"applied", kFlags, "0", read_applied},
                                      {"retry_after", "seconds; 0 = no header", "0", read_retry},
                                      {"body", "json or html", "json", read_body}};
constexpr FaultParameter kMode[] = {{"mode", "post_only, cancel_only, disabled or restarting", "post_only", read_mode}};
constexpr FaultParameter kShareOnly[] = {{"share", kShares, "1", read_share}};
constexpr FaultParameter kTick[] = {{"market", "number in the ready line or condition id", "0", read_market},
                                    {"tick", "a tick", "0.001", read_tick}};
constexpr FaultParameter kResolve[] = {{"market", "number in the ready line or condition id", "0", read_market},
                                       {"payout", "yes, no or half", "yes", read_payout}};
constexpr FaultParameter kSkew[] = {{"seconds", "seconds, may be negative", "0", read_skew}};
constexpr FaultParameter kSlow[] = {
    {"path", kPaths, "all", read_path}, {"ms", kMs, "500", read_wait}, {"jitter", kMs, "0", read_jitter}};

constexpr std::array<FaultWord, kFaultKinds> kWords{{
    {FaultKind::disconnect, "disconnect", true, "closes WebSockets; with `for` no new ones are let in", kDisconnect},
    {FaultKind::freeze, "freeze", true, "open WebSockets answer PING and send no data; what they miss is lost",
     kFreeze},
    {FaultKind::lose, "lose", true, "frames that never arrive", kLose},
    {FaultKind::delay, "delay", true, "frames come late, in their order", kDelay},
    {FaultKind::duplicate, "duplicate", true, "frames come twice", kDuplicate},
    {FaultKind::reorder, "reorder", true, "frames are overtaken by later ones", kReorder},
    {FaultKind::permute, "permute", true, "the messages of one operation leave in any order", kPermute},
    {FaultKind::timeout, "timeout", true, "requests are carried out and never answered", kTimeout},
    {FaultKind::status, "status", true, "requests are answered with an error", kStatus},
    {FaultKind::mode, "mode", true, "the matching engine restricts orders", kMode},
    {FaultKind::ghost_book, "ghost_book", true, "GET /book shows 0.01 / 0.99", kShareOnly},
    {FaultKind::miss_user, "miss_user", true, "user events that never arrive", kShareOnly},
    {FaultKind::stale_positions,
     "stale_positions",
     true,
     "the Data API and the balance cache answer as of the beginning; /balance-allowance/update refreshes the cache",
     {}},
    {FaultKind::fail_settlement, "fail_settlement", true, "trades matched meanwhile end FAILED", kShareOnly},
    {FaultKind::leak, "leak", true, "what settles stays in the balance check's sum of matched orders", kShareOnly},
    {FaultKind::false_matched, "false_matched", true, "orders claim matched sizes that no trade explains", kShareOnly},
    {FaultKind::tick_change, "tick_change", true, "a market's tick changes; with `for` it changes back", kTick},
    {FaultKind::resolve, "resolve", false, "a market resolves", kResolve},
    {FaultKind::clock_skew, "clock_skew", true, "the venue's clock (/time and the check of timestamps) is off", kSkew},
    {FaultKind::slow, "slow", true, "requests are answered late", kSlow},
}};

}  // namespace

std::span<const FaultWord> fault_words() { return kWords; }

const FaultWord* find_fault(std::string_view name) {
  for (const FaultWord& word : kWords) {
    if (word.name == name) return &word;
  }
  return nullptr;
}

std::string_view to_text(FaultKind kind) { return kWords[static_cast<std::size_t>(kind)].name; }

std::optional<Duration> parse_fault_seconds(std::string_view text) {
  const auto value = parse_scaled(text, 9);
  if (!value) return std::nullopt;
  return Duration(*value);
}

std::optional<std::uint64_t> parse_fault_count(std::string_view text) {
  const auto value = parse_scaled(text, 0);
  if (!value || text.find('.') != std::string_view::npos) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

}  // namespace ebb::exchange
