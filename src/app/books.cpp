#include "app/books.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <utility>
#include <variant>

#include "app/data_dir.hpp"
#include "app/time_text.hpp"
#include "app/version.hpp"

namespace ebb::app {
namespace {

/// "3 orders", "1 order".
std::string count_text(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

Books::Books(store::Journal journal, model::Recovery recovery, store::JournalAccount account)
    : journal_(std::make_unique<store::Journal>(std::move(journal))),
      recovery_(std::move(recovery)),
      account_(std::move(account)) {}

Expected<Books> Books::open_live(const std::filesystem::path& directory, const JournalConfig& config,
                                 const std::string& wallet, Loss loss) {
  const auto shared = open_data_dir("");
  TRY(lock, store::lock_wallet(shared ? *shared : directory, "live", wallet));
  TRY(books, open_private(directory, config, {.venue = "live", .wallet = wallet}, loss));
  books.lock_ = std::move(lock);
  return books;
}

Expected<Books> Books::open_private(const std::filesystem::path& directory, const JournalConfig& config,
                                    const store::JournalAccount& account, Loss loss) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  TRY(journal, store::Journal::open({.directory = directory,
                                     .now = Timestamp(std::chrono::nanoseconds(now).count()),
                                     .durability = config.durability,
                                     .retention = config.retention,
                                     .accept_loss = loss == Loss::accept}));
  TRY(recovery, journal.db().recover(account));
  return Books(std::move(journal), std::move(recovery), account);
}

gateway::BooksConfig Books::for_trader(std::uint64_t seed) const {
  return {.journal = journal_.get(),
          .run = {.account = account_, .version = std::string(build_info().version), .pid = getpid(), .seed = seed},
          .recovery = recovery_};
}

std::vector<std::string> Books::lines() const {
  std::vector<std::string> lines = journal_->warnings();
  if (recovery_.first_run) {
    lines.emplace_back("the journal knows no earlier run of this wallet: it begins with what the venue tells");
    return lines;
  }
  std::set<std::uint32_t> positions;
  for (const model::RecoveredBooking& booking : recovery_.bookings) {
    if (const auto* fill = std::get_if<model::FillRecord>(&booking.body); fill != nullptr && !booking.folded)
      positions.insert(fill->trade.token.value());
    if (const auto* held = std::get_if<model::PositionRecord>(&booking.body); held != nullptr && held->size.raw() > 0)
      positions.insert(held->token.value());
  }
  lines.push_back(fmt::format("going on after the run that {} {}: {} whose end is not known, {} with a position",
                              recovery_.ended_in_order ? "ended" : "was cut off", iso_text(recovery_.last_record),
                              count_text(recovery_.orders.size(), "order"), count_text(positions.size(), "token")));
  return lines;
}

}  // namespace ebb::app
