#include "store/intent_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/check.hpp"
#include "base/crash_point.hpp"
#include "base/mutant.hpp"
#include "store/intent_log_layout.hpp"

namespace ebb::store {
namespace {

namespace layout = intent_layout;

constexpr const char* kWayOut =
    "to go on without it: start with --accept-lost-journal, which sets it aside and asks the venue for orders and "
    "positions";

std::string kernel_boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

std::size_t file_size_of(std::uint32_t capacity) {
  return layout::kHeaderSize + std::size_t{capacity} * sizeof(layout::Record);
}

std::unexpected<Error> unwritable(const std::filesystem::path& path, int error) {
  return fail("intent_log.unwritable", fmt::format("{}: {}", path.string(), std::strerror(error)),
              "check the disk and the permissions of the data directory");
}

void fill_record(layout::Record& r, std::uint64_t sequence, const model::IntentRecord& intent,
                 std::string_view token_id) {
  const model::PlaceOrder& o = intent.order;
  r = {};
  r.sequence = sequence;
  r.order_id = o.id.bytes;
  r.side = static_cast<std::uint8_t>(o.side);
  r.type = static_cast<std::uint8_t>(o.type);
  r.crossing = static_cast<std::uint8_t>(o.crossing);
  r.purpose = static_cast<std::uint8_t>(o.purpose);
  r.price = o.price.raw();
  r.reference = intent.reference.raw();
  r.cycle = intent.cycle;
  r.size = o.size.raw();
  r.maker_amount = o.maker_amount;
  r.taker_amount = o.taker_amount;
  r.salt = o.salt;
  r.time = o.time.ns();
  r.expiration = o.expiration.ns();
  r.drop_after = o.drop_after.ns();
  r.token_size = static_cast<std::uint8_t>(token_id.size());
  std::memcpy(r.token_id.data(), token_id.data(), token_id.size());
  r.checksum = layout::checksum_of(r);
}

StoredIntent read_record(const layout::Record& r) {
  StoredIntent stored;
  stored.sequence = r.sequence;
  stored.token_id.assign(r.token_id.data(), std::min<std::size_t>(r.token_size, r.token_id.size()));
  stored.intent.reference = Price(r.reference);
  stored.intent.cycle = r.cycle;
  model::PlaceOrder& o = stored.intent.order;
  o.id.bytes = r.order_id;
  o.side = static_cast<model::Side>(r.side);
  o.type = static_cast<model::OrderType>(r.type);
  o.crossing = static_cast<model::Crossing>(r.crossing);
  o.purpose = static_cast<model::OrderPurpose>(r.purpose);
  o.price = Price(r.price);
  o.size = Shares(r.size);
  o.maker_amount = r.maker_amount;
  o.taker_amount = r.taker_amount;
  o.salt = r.salt;
  o.time = Timestamp(r.time);
  o.expiration = Timestamp(r.expiration);
  o.drop_after = Timestamp(r.drop_after);
  return stored;
}

}  // namespace

struct IntentLog::State {
  layout::Header* header = nullptr;
  layout::Record* records = nullptr;
  std::size_t mapped = 0;
  std::uint32_t capacity = 0;
  bool sync = false;  ///< durability `power`
  bool opened = false;  ///< everything was found in order
  int file = -1;
  std::vector<std::uint64_t> skipped;  ///< sequences of unreadable pending records
  std::uint64_t appended = 0;  ///< the appending thread's own count
  std::atomic<std::uint64_t> refused{0};
  IntentLogReport report;

  ~State() {
    if (header != nullptr && opened) {
      header->in_use = 0;
      if (file >= 0) (void)msync(header, layout::kHeaderSize, MS_SYNC);
    }
    if (header != nullptr) (void)munmap(header, mapped);
    if (file >= 0) (void)close(file);
  }

  [[nodiscard]] layout::Record& slot(std::uint64_t sequence) const { return records[(sequence - 1) & (capacity - 1)]; }
  [[nodiscard]] bool holds(std::uint64_t sequence) const {
    const layout::Record& r = slot(sequence);
    return r.sequence == sequence && r.checksum == layout::checksum_of(r) && layout::in_range(r);
  }
  [[nodiscard]] static std::uint64_t load(std::uint64_t& counter) {
    return std::atomic_ref(counter).load(std::memory_order_acquire);
  }
  static void store(std::uint64_t& counter, std::uint64_t value) {
    std::atomic_ref(counter).store(value, std::memory_order_release);
  }
  void place(const layout::Record& record) const noexcept;
  [[nodiscard]] bool sync_slot(const layout::Record& record) const noexcept;
  Expected<void> map(const std::filesystem::path& path, std::size_t size);
  Expected<void> scan(const IntentLogOptions& options);
};

IntentLog::IntentLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
IntentLog::~IntentLog() = default;
IntentLog::IntentLog(IntentLog&&) noexcept = default;
IntentLog& IntentLog::operator=(IntentLog&&) noexcept = default;

// --- Opening ------------------------------------------------------------------------------------------------------------

Expected<void> IntentLog::State::map(const std::filesystem::path& path, std::size_t size) {
  void* memory = file >= 0 ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0)
                           : mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return unwritable(path, errno);
  mapped = size;
  header = static_cast<layout::Header*>(memory);
  records = reinterpret_cast<layout::Record*>(static_cast<char*>(memory) + layout::kHeaderSize);
  return {};
}

IntentLog IntentLog::in_memory(std::uint32_t capacity) {
  CHECK(std::has_single_bit(capacity));
  auto state = std::make_unique<State>();
  const auto mapped = state->map("memory", file_size_of(capacity));
  CHECK(mapped.has_value());
  state->capacity = capacity;
  return IntentLog(std::move(state));
}

Expected<IntentLog> IntentLog::create(const IntentLogOptions& options) {
  CHECK(std::has_single_bit(options.capacity));
  std::error_code ignored;
  if (std::filesystem::exists(options.path, ignored))
    return fail("intent_log.exists", options.path.string() + " exists already");
  // Under another name until it is complete, and with all its blocks: a full disk must not strike inside of append().
  std::filesystem::path unfinished = options.path;
  unfinished += ".new";
  const int file = ::open(unfinished.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return unwritable(unfinished, errno);
  layout::Identity identity;
  identity.record_size = sizeof(layout::Record);
  identity.capacity = options.capacity;
  identity.journal_id = options.journal_id;
  identity.checksum = layout::checksum_of(identity);
  int error = posix_fallocate(file, 0, static_cast<off_t>(file_size_of(options.capacity)));
  if (error == 0 && pwrite(file, &identity, sizeof identity, 0) != static_cast<ssize_t>(sizeof identity)) error = EIO;
  if (error == 0 && fsync(file) != 0) error = errno;
  (void)close(file);
  EBB_CRASH_POINT("intent.create_rename");
  if (error != 0) {
    std::filesystem::remove(unfinished, ignored);
    return unwritable(unfinished, error);
  }
  std::error_code failed;
  std::filesystem::rename(unfinished, options.path, failed);
  if (failed) return unwritable(options.path, failed.value());
  if (const int folder = ::open(options.path.parent_path().c_str(), O_RDONLY | O_CLOEXEC); folder >= 0) {
    (void)fsync(folder);
    (void)close(folder);
  }
  return open(options);
}

namespace {

/// What makes the file no intent log of this journal.
Expected<void> check_identity(const layout::Identity& found, const IntentLogOptions& options, std::size_t size) {
  const std::string path = options.path.string();
  if (found.magic != layout::kMagic ||
      (found.version == layout::kVersion && found.checksum != layout::checksum_of(found))) {
    return fail("intent_log.damaged", path + " is not an intent log, or its beginning is damaged", kWayOut);
  }
  if (found.version != layout::kVersion || found.record_size != sizeof(layout::Record)) {
    return fail(
        "intent_log.version",
        fmt::format("{} has layout {}, and this ebb knows {}", path, found.version, layout::kVersion),
        "start and stop the ebb that wrote it in order once, then remove the file together with its journal; or " +
            std::string(kWayOut));
  }
  if (!std::has_single_bit(found.capacity) || size != file_size_of(found.capacity)) {
    return fail("intent_log.damaged",
                fmt::format("{} has {} bytes instead of {}: it was cut off", path, size, file_size_of(found.capacity)),
                kWayOut);
  }
  if (found.journal_id != options.journal_id) {
    return fail("intent_log.foreign", path + " belongs to another journal.db than the one beside it",
                std::string("put back the journal.db that belongs to it; or ") + kWayOut);
  }
  return {};
}

}  // namespace

Expected<IntentLog> IntentLog::open(const IntentLogOptions& options) {
  auto state = std::make_unique<State>();
  state->file = ::open(options.path.c_str(), O_RDWR | O_CLOEXEC);
  if (state->file < 0) {
    if (errno == ENOENT) return fail("intent_log.missing", options.path.string() + " does not exist", kWayOut);
    return unwritable(options.path, errno);
  }
  if (flock(state->file, LOCK_EX | LOCK_NB) != 0) {
    return fail("intent_log.in_use", options.path.string() + " is open in another process",
                "stop the other ebb of this data directory first");
  }
  struct stat status{};
  if (fstat(state->file, &status) != 0) return unwritable(options.path, errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  layout::Identity identity;
  if (size < layout::kHeaderSize ||
      pread(state->file, &identity, sizeof identity, 0) != static_cast<ssize_t>(sizeof identity)) {
    return fail("intent_log.damaged", fmt::format("{} has only {} bytes: it was cut off", options.path.string(), size),
                kWayOut);
  }
  TRY_VOID(check_identity(identity, options, size));
  TRY_VOID(state->map(options.path, size));
  state->capacity = identity.capacity;
  state->sync = options.durability == Durability::power;
  TRY_VOID(state->scan(options));
  return IntentLog(std::move(state));
}

/// Finds the pending records. Those up to `appended` were promised; one more may have been cut off.
Expected<void> IntentLog::State::scan(const IntentLogOptions& options) {
  const std::string boot = options.boot_id.empty() ? kernel_boot_id() : options.boot_id;
  std::array<char, 64> boot_now{};
  std::memcpy(boot_now.data(), boot.data(), std::min(boot.size(), boot_now.size()));
  const bool rebooted = header->boot_id != boot_now && header->boot_id != std::array<char, 64>{};
  // Without power loss every page is as it was left. With it, and without syncs, any page may be older than another.
  report.unsynced_reboot = rebooted && header->power == 0;
  report.cut_off = report.unsynced_reboot && header->in_use != 0;

  std::uint64_t last = header->appended;
  for (std::uint32_t i = 0; i < capacity; ++i) {
    const std::uint64_t sequence = records[i].sequence;
    if (sequence > last && ((sequence - 1) & (capacity - 1)) == i && holds(sequence)) last = sequence;
  }
  // The count follows each record at once; only a lost power leaves it further behind.
  const bool unmarked = last > 0 && header->boot_id == std::array<char, 64>{};
  if (!options.accept_damage && (unmarked || (!rebooted && last > header->appended + 1))) {
    return fail("intent_log.damaged",
                fmt::format("the header of {} counts {} intents, but {} were written: others may be missing, too",
                            options.path.string(), load(header->appended), last),
                kWayOut);
  }
  std::uint64_t released = header->released;
  if (rebooted) {
    // The page of the counters may be older than those of the records. A slot was written again only after what it had held was
    // safe in SQLite.
    if (last > released && last - released > capacity) released = last - capacity;
    if (report.unsynced_reboot) last = std::max(last, released);  // or the records' pages are older
    store(header->released, released);
  }
  if (released > last || last - released > capacity) {
    return fail("intent_log.damaged",
                fmt::format("{} counts {} records as kept and {} as written", options.path.string(), released, last),
                kWayOut);
  }
  for (std::uint64_t sequence = released + 1; sequence <= last; ++sequence) {
    if (!holds(sequence)) skipped.push_back(sequence);
  }
  const layout::Record& next = slot(last + 1);
  static constexpr layout::Record kUnused{};
  report.torn = next.checksum != layout::checksum_of(next) && std::memcmp(&next, &kUnused, sizeof next) != 0;
  report.lost = skipped.size();
  report.pending = last - released - report.lost;
  if (report.lost > 0 && !report.unsynced_reboot && !options.accept_damage) {
    return fail("intent_log.damaged",
                fmt::format("{}: {} of {} pending intents cannot be read: orders may have left that are not known here",
                            options.path.string(), report.lost, last - released),
                kWayOut);
  }
  appended = last;
  store(header->appended, last);
  header->boot_id = boot_now;
  header->power = sync ? 1 : 0;
  header->in_use = 1;
  opened = true;
  if (msync(header, layout::kHeaderSize, MS_SYNC) != 0) return unwritable(options.path, errno);
  return {};
}

// --- Appending ----------------------------------------------------------------------------------------------------------

void IntentLog::State::place(const layout::Record& record) const noexcept {
  layout::Record& target = slot(record.sequence);
#ifdef EBB_CRASH_POINTS
  // A part of the record, as a crash in the middle of the copy leaves it: the id is there, size and token are not.
  std::memcpy(&target, &record, sizeof record / 4);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  EBB_CRASH_POINT("intent.mid_append");
#endif
  std::memcpy(&target, &record, sizeof record);
}

bool IntentLog::State::sync_slot(const layout::Record& record) const noexcept {
  if (!sync || file < 0) return true;
  // msync wants whole pages; a record never lies across two.
  char* at = reinterpret_cast<char*>(&slot(record.sequence));
  const std::size_t offset = static_cast<std::size_t>(at - reinterpret_cast<char*>(header)) & 4095U;
  return msync(at - offset, 4096, MS_SYNC) == 0;
}

bool IntentLog::append(const model::IntentRecord& intent, std::string_view token_id) noexcept {
  if (EBB_MUTANT(forget_intent)) return true;
  State& s = *state_;
  const bool full = s.appended - State::load(s.header->released) >= s.capacity;
  if (full || token_id.size() > kMaxTokenId) {
    s.refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  EBB_CRASH_POINT("intent.before_append");
  layout::Record record;
  fill_record(record, s.appended + 1, intent, token_id);
  s.place(record);
  EBB_CRASH_POINT("intent.before_sync");
  if (!s.sync_slot(record)) {
    s.refused.fetch_add(1, std::memory_order_relaxed);
    return false;  // the slot is written again by the next append
  }
  ++s.appended;
  State::store(s.header->appended, s.appended);
  EBB_CRASH_POINT("intent.after_append");
  return true;
}

// --- Reading ------------------------------------------------------------------------------------------------------------

std::optional<StoredIntent> IntentLog::peek(std::uint64_t index) const {
  const State& s = *state_;
  const std::uint64_t sequence = State::load(s.header->released) + 1 + index;
  if (sequence > State::load(s.header->appended)) return std::nullopt;
  if (std::ranges::binary_search(s.skipped, sequence)) return StoredIntent{};
  return read_record(s.slot(sequence));
}

void IntentLog::release(std::uint64_t count) noexcept {
  State& s = *state_;
  const std::uint64_t released = State::load(s.header->released) + count;
  CHECK(released <= State::load(s.header->appended));
  State::store(s.header->released, released);
}

void IntentLog::note_commit(std::uint64_t commit) noexcept { State::store(state_->header->noted_commit, commit); }
std::uint64_t IntentLog::noted_commit() const noexcept { return State::load(state_->header->noted_commit); }
std::uint64_t IntentLog::pending() const noexcept {
  const std::uint64_t released = State::load(state_->header->released);  // first: it never passes `appended`
  return appended() - released;
}
std::uint64_t IntentLog::appended() const noexcept { return State::load(state_->header->appended); }
std::uint64_t IntentLog::refused() const noexcept { return state_->refused.load(std::memory_order_relaxed); }
std::uint32_t IntentLog::capacity() const noexcept { return state_->capacity; }
const IntentLogReport& IntentLog::report() const noexcept { return state_->report; }

}  // namespace ebb::store
