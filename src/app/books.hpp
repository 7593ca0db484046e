// The books of a run: the data directory and the wallet are locked, the journal is open and read.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/expected.hpp"
#include "gateway/trader.hpp"
#include "store/journal.hpp"
#include "store/wallet_lock.hpp"

namespace ebb::app {

enum class Loss : std::uint8_t { refuse, accept };  ///< of a journal that is damaged or gone

class Books {
 public:
  /// Of a live account: the wallet's lock stands where all data directories of the user find it. Errors: `run.wallet_locked`
  /// and those of store::Journal::open and JournalDb::recover, each with the way out.
  [[nodiscard]] static Expected<Books> open_live(const std::filesystem::path& directory, const JournalConfig& config,
                                                 const std::string& wallet, Loss loss);
  /// Of an account that exists in this data directory only. `venue`: "paper", or another one for each exchange of our own.
  [[nodiscard]] static Expected<Books> open_private(const std::filesystem::path& directory, const JournalConfig& config,
                                                    const store::JournalAccount& account, Loss loss);

  /// For the trader, which begins and ends the run. `seed` is noted in the journal.
  [[nodiscard]] gateway::BooksConfig for_trader(std::uint64_t seed) const;
  [[nodiscard]] const model::Recovery& recovery() const { return recovery_; }
  /// Something is missing of what an earlier run wrote: its orders cannot be told from strangers'.
  [[nodiscard]] bool lost_something() const { return journal_->lost_something(); }
  /// For the operator, a line each: what was found, what was lost.
  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  Books(store::Journal journal, model::Recovery recovery, store::JournalAccount account);

  std::optional<store::FileLock> lock_;
  std::unique_ptr<store::Journal> journal_;
  model::Recovery recovery_;
  store::JournalAccount account_;
};

}  // namespace ebb::app
