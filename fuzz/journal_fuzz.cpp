// A journal that was damaged never makes a silent start: it is refused with a word and a way out, or it is opened and still knows
// every order that may be at the venue. SQLite does not sum up its pages, so damage inside journal.db may change what a row
// says; damage of intents.log alone must be noticed or harmless.
//
// The input is damage (edits.hpp) to the files of a journal that a crash left behind, each edit with the file in front of it.
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

#include "edits.hpp"
#include "require.hpp"
#include "store/journal.hpp"

namespace {

using namespace ebb;
namespace fs = std::filesystem;

const store::JournalAccount kAccount{"paper", "0x00000000000000000000000000000000000000A1"};
const Timestamp kStart = from_ms(1'790'000'000'000);
constexpr int kStored = 3, kPending = 4;  // orders in SQLite, intents that it does not have yet

model::OrderId order_id(int n) {
  model::OrderId id;
  id.bytes[0] = 0xEB;
  id.bytes[31] = static_cast<std::uint8_t>(n);
  return id;
}
model::IntentRecord intent(int n) {
  model::IntentRecord record;
  record.order.id = order_id(n);
  record.order.token = model::TokenIndex(0);
  record.order.price = Price(4800);
  record.order.size = shares_of(10);
  record.order.time = kStart;
  return record;
}
store::MarketRegistration market() {
  store::MarketRegistration r;
  r.time = kStart;
  r.spec.condition_id = "0x" + std::string(64, 'c');
  r.spec.tokens = {model::TokenSpec{"70000", "Yes"}, model::TokenSpec{"70001", "No"}};
  r.tokens = {model::TokenIndex(0), model::TokenIndex(1)};
  return r;
}

store::JournalOptions options(const fs::path& folder) {
  store::JournalOptions out;
  out.directory = folder;
  out.now = kStart + hours(1);
  out.intent_capacity = 8;
  out.boot_id = "fuzz";
  return out;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}
void write_file(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// The files of a run that died with intents under way, by name.
std::map<std::string, std::string> crashed_journal(const fs::path& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  auto journal = store::Journal::open(options(folder));
  REQUIRE(journal);
  REQUIRE(journal->db().begin_run({kStart, kAccount, "fuzz", 1, 1}));
  REQUIRE(journal->db().add_market(market()));
  for (int n = 0; n < kStored; ++n) REQUIRE(journal->intents().append(intent(n), "70000"));
  REQUIRE(journal->db().import(journal->intents()));
  REQUIRE(journal->db().checkpoint());
  for (int n = kStored; n < kStored + kPending; ++n) REQUIRE(journal->intents().append(intent(n), "70000"));
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with("-shm")) files[name] = read_file(entry.path());
  }
  REQUIRE(files.contains("journal.db") && files.contains("intents.log"));
  return files;
}

/// How many of the orders a restart would ask the venue about.
int known_orders(store::Journal& journal) {
  const auto recovery = journal.db().recover(kAccount);
  if (!recovery) return kStored + kPending;  // refused with an error: nothing is silent
  int known = 0;
  for (int n = 0; n < kStored + kPending; ++n)
    known += std::any_of(recovery->orders.begin(), recovery->orders.end(),
                         [&](const model::RecoveredOrder& order) { return order.intent.order.id == order_id(n); })
                 ? 1
                 : 0;
  return known;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fs::path folder = "/dev/shm/ebb_fuzz_journal." + std::to_string(::getpid());
  static const auto original = crashed_journal(folder);
  Edits edits({reinterpret_cast<const char*>(data), size});
  auto files = original;
  while (!edits.done()) edits.apply(std::next(files.begin(), edits.byte() % static_cast<int>(files.size()))->second);
  fs::remove_all(folder);
  fs::create_directories(folder);
  bool only_intents = true;
  for (const auto& [name, bytes] : files) {
    write_file(folder / name, bytes);
    only_intents = only_intents && (name == "intents.log" || bytes == original.at(name));
  }
  auto journal = store::Journal::open(options(folder));
  if (!journal) {
    const Error& error = journal.error();
    REQUIRE(error.code.starts_with("journal.") || error.code.starts_with("intent_log."));
    REQUIRE(!error.message.empty() && !error.hint.empty());
    return 0;
  }
  if (only_intents && !journal->lost_something()) {
    // The last intent may have been cut off by the crash itself: it then never left.
    const int torn = journal->intents().report().torn ? 1 : 0;
    REQUIRE(known_orders(*journal) >= kStored + kPending - torn);
  } else {
    (void)known_orders(*journal);
  }
  return 0;
}
