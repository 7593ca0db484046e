#include "crashtest/session.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "crashtest/books.hpp"
#include "crypto/hash.hpp"
#include "crypto/secp256k1.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::crashtest {
namespace {

constexpr Duration kExchangeBound = seconds(30);
constexpr Duration kResumeBound = seconds(5);    // what is promised
constexpr Duration kResumePatience = seconds(20);
constexpr Duration kPointPatience = seconds(6);  // a crash point that does not come
constexpr Duration kLastLife = seconds(2);
constexpr Duration kStopBound = seconds(90);
constexpr Duration kSettleBound = seconds(30);
constexpr Duration kLook = milliseconds(20);
constexpr int kTold = 20;                        // lines of the trader's stderr that a complaint shows
const Shares kLargestHolding = shares_of(15);    // the demo tier's order of 10, and dust below the minimum of 5

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string last_lines(const std::filesystem::path& path) {
  const std::string text = read_text(path);
  std::size_t from = text.size();
  for (int i = 0; i < kTold && from != std::string::npos && from > 0; ++i) from = text.rfind('\n', from - 1);
  return from == std::string::npos ? text : text.substr(from);
}

/// Whether something happened that only the trader does: an order of its own, or one of its orders canceled.
bool acted(const Truth& before, const Truth& now) {
  if (now.orders.size() > before.orders.size()) return true;
  for (std::size_t i = 0; i < before.orders.size(); ++i) {
    if (before.orders[i].live && now.orders[i].status == "CANCELED") return true;
  }
  return false;
}

}  // namespace

std::string to_text(const Kill& kill) {
  if (!kill.point.empty()) return fmt::format("{}:{}", kill.point, kill.pass);
  return fmt::format("{} ms {}", kill.after.raw() / 1'000'000, kill.starting ? "after its start" : "after it trades");
}

void Figures::add(const Figures& other) {
  runs += other.runs;
  orders += other.orders;
  fills += other.fills;
  restarts += other.restarts;
  unreached += other.unreached;
  resumed.insert(resumed.end(), other.resumed.begin(), other.resumed.end());
  verdict.add(other.verdict);
}

Session::~Session() = default;

Expected<std::unique_ptr<Session>> Session::start(const SessionConfig& config) {
  std::unique_ptr<Session> session(new Session(config));
  std::filesystem::create_directories(config.folder / "exchange");
  std::filesystem::create_directories(config.folder / "trader");
  const auto seed = crypto::keccak256(crypto::bytes_of(fmt::format("ebb crash test {}", config.seed)));
  session->key_ = crypto::to_hex(seed);
  TRY(key, crypto::PrivateKey::parse(session->key_));
  session->address_ = crypto::checksum_text(key.address());
  TRY_VOID(session->open_exchange());
  return session;
}

Expected<void> Session::open_exchange() {
  const std::filesystem::path folder = config_.folder / "exchange";
  Process::Start start;
  start.command = {config_.program.string(),
                   "exchange",
                   "--tls",
                   "--port",
                   "0",
                   "--data-dir",
                   folder.string(),
                   "--markets",
                   std::to_string(config_.markets),
                   "--seed",
                   std::to_string(config_.seed),
                   "--settlement",
                   "0.05"};
  start.out = folder / "out";
  start.err = folder / "err";
  TRY(process, Process::start(start));
  exchange_ = std::make_unique<Process>(std::move(process));
  const Timestamp bound = wall_now() + kExchangeBound;
  while (wall_now() < bound && !exchange_->ending()) {
    const std::string text = read_text(start.out);
    if (const auto end = text.find('\n'); end != std::string::npos) return write_config(text.substr(0, end));
    sleep_for(kLook);
  }
  return fail("crashtest.exchange", "the exchange did not get ready: " + last_lines(start.err));
}

Expected<void> Session::write_config(const std::string& ready_line) {
  polymarket::JsonTree ready;
  if (!ready.parse(ready_line)) return fail("crashtest.exchange", "the exchange's ready line is no JSON");
  const auto value = [&](std::string_view key) { return std::string(ready.member(0, key).text); };
  admin_ = value("admin");
  ca_file_ = value("ca_file");
  TRY(tls, net::TlsClientContext::create(ca_file_));
  tls_ = std::make_unique<net::TlsClientContext>(std::move(tls));
  std::ofstream config(config_.folder / "ebb.toml");
  config << "[venue]\n";
  for (const char* key : {"rest", "ws_market", "ws_user", "gamma", "data", "geoblock", "ca_file"}) {
    const std::string name = std::string_view(key) == "rest" ? "clob_rest" : key;
    config << name << " = \"" << value(key) << "\"\n";
  }
  config << "[journal]\ndurability = \"" << config_.durability << "\"\n[tiers.demo]\nenabled = true\n";
  std::ofstream tokens(config_.folder / "tokens.txt");
  const std::uint32_t markets = ready.find(0, "markets");
  for (std::uint32_t m = markets + 1; m < ready[markets].end; m = ready[m].end) {
    const std::uint32_t list = ready.find(m, "tokens");
    for (std::uint32_t t = list + 1; t < ready[list].end; t = ready[t].end)
      tokens << ready.member(t, "token_id").text << "\n";
  }
  if (!config.flush() || !tokens.flush()) return fail("crashtest.exchange", "the folder cannot be written");
  return {};
}

Expected<Process> Session::start_trader(const std::filesystem::path& program, const Kill* kill) {
  Process::Start start;
  start.command = {program.string(),
                   "run",
                   "--venue",
                   "live",
                   "--yes-live",
                   "--headless",
                   "--json",
                   "--config",
                   (config_.folder / "ebb.toml").string(),
                   "--data-dir",
                   (config_.folder / "trader").string(),
                   "--tokens",
                   (config_.folder / "tokens.txt").string()};
  start.environment = {"EBB_PRIVATE_KEY=" + key_, "XDG_STATE_HOME=" + (config_.folder / "state").string()};
  if (kill != nullptr && !kill->point.empty())
    start.environment.push_back(fmt::format("EBB_CRASH_AT={}:{}", kill->point, kill->pass));
  start.out = config_.folder / fmt::format("life-{}.json", lives_);
  start.err = config_.folder / fmt::format("life-{}.err", lives_);
  ++lives_;
  return Process::start(start);
}

Expected<Truth> Session::truth() const { return fetch_truth(admin_, address_, *tls_); }

void Session::complain(std::string text) {
  figures_.verdict.violations.push_back(
      fmt::format("{} (seed {}, life {}, {})", text, config_.seed, lives_ - 1, config_.folder.string()));
}

/// False when it ended meanwhile, or does not trade.
bool Session::wait_until_it_trades(Process& trader, const Truth& before, Timestamp started) {
  while (wall_now() - started < kResumePatience) {
    if (trader.ending()) return false;
    const auto now = truth();
    if (now && acted(before, *now)) {
      if (lives_ > 1) figures_.resumed.push_back(wall_now() - started);
      if (lives_ > 1 && wall_now() - started > kResumeBound)
        complain(fmt::format("trading went on after {:.1f} s only", to_seconds(wall_now() - started)));
      return true;
    }
    sleep_for(kLook);
  }
  complain(fmt::format("the trader does not trade within {} s", kResumePatience.raw() / 1'000'000'000));
  return false;
}

bool Session::run(const Kill& kill) {
  const auto before = truth();
  if (!before) return complain(before.error().message), false;
  const Timestamp started = wall_now();
  auto trader = start_trader(config_.crashable, &kill);
  if (!trader) return complain(trader.error().message), false;
  ++figures_.runs;
  if (lives_ > 1) ++figures_.restarts;
  if (kill.starting) {
    sleep_for(kill.after);
  } else if (wait_until_it_trades(*trader, *before, started)) {
    kill.point.empty() ? sleep_for(kill.after) : static_cast<void>(trader->wait(kPointPatience));
  }
  if (!trader->ending()) {
    if (!kill.point.empty()) ++figures_.unreached;
    trader->signal(SIGKILL);
  }
  const auto ending = trader->wait(seconds(5));
  if (!ending || !ending->killed || ending->code != SIGKILL) {
    complain(fmt::format("killed at {}, it ended by itself: {}", to_text(kill),
                         last_lines(config_.folder / fmt::format("life-{}.err", lives_ - 1))));
    return false;
  }
  const auto now = truth();
  if (!now) return complain(now.error().message), false;
  judge(*now);
  return figures_.verdict.violations.empty();
}

void Session::judge(const Truth& now) {
  const Verdict verdict = judge_history(now, kLargestHolding);
  for (const std::string& text : verdict.violations) complain(text);
  figures_.verdict.lost += verdict.lost;
  figures_.verdict.doubled += verdict.doubled;
}

void Session::finish() {
  const auto before = truth();
  if (!before) return complain(before.error().message);
  const Timestamp started = wall_now();
  auto trader = start_trader(config_.program, nullptr);
  if (!trader) return complain(trader.error().message);
  if (lives_ > 1) ++figures_.restarts;
  if (wait_until_it_trades(*trader, *before, started)) sleep_for(kLastLife);
  trader->signal(SIGTERM);
  const auto ending = trader->wait(kStopBound);
  constexpr int kStopped = 130;
  if (!ending || ending->killed || ending->code != kStopped) {
    return complain(fmt::format("the orderly stop failed: {}",
                                last_lines(config_.folder / fmt::format("life-{}.err", lives_ - 1))));
  }
  compare_books();
}

void Session::compare_books() {
  auto now = truth();
  const Timestamp bound = wall_now() + kSettleBound;
  while (now && !now->settled() && wall_now() < bound) {
    sleep_for(kLook);
    now = truth();
  }
  if (!now) return complain(now.error().message);
  figures_.orders += now->orders.size();
  figures_.fills += now->fills.size();
  judge(*now);
  const auto books = read_books(config_.folder / "trader" / "journal.db", address_,
                                read_text(config_.folder / fmt::format("life-{}.json", lives_ - 1)));
  if (!books) return complain(books.error().message);
  const Verdict verdict = judge_books(*now, *books);
  for (const std::string& text : verdict.violations) complain(text);
  figures_.verdict.lost += verdict.lost;
  figures_.verdict.doubled += verdict.doubled;
}

}  // namespace ebb::crashtest
