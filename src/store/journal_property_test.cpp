// Whatever is written in whatever groups, and wherever it is cut off: what comes back is the fold of what was committed.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/journal_fixture.hpp"
#include "store/journal_reference.hpp"
#include "store/journal_stream.hpp"

namespace rc {

template <>
struct Arbitrary<ebb::store::testing::Draw> {
  static Gen<ebb::store::testing::Draw> arbitrary() {
    using ebb::store::testing::Draw;
    return gen::build<Draw>(gen::set(&Draw::kind, gen::inRange<std::uint8_t>(0, 12)),
                            gen::set(&Draw::token, gen::inRange<std::uint8_t>(0, 6)),
                            gen::set(&Draw::order, gen::inRange<std::uint8_t>(0, 6)),
                            gen::set(&Draw::trade, gen::inRange<std::uint8_t>(0, 4)),
                            gen::set(&Draw::value, gen::arbitrary<std::uint8_t>()));
  }
};

}  // namespace rc

namespace ebb::store::testing {

// For RapidCheck's report of a failing stream.
void showValue(const Draw& d, std::ostream& os) {
  os << fmt::format("{{{}, {}, {}, {}, {}}}", d.kind, d.token, d.order, d.trade, d.value);
}

namespace {

void start(Journal& journal, Timestamp time) {
  RC_ASSERT(journal.db().begin_run(run_start(time)).has_value());
  for (int m = 0; m < 3; ++m) RC_ASSERT(journal.db().add_market(market(m)).has_value());
}

/// Writes one group and says whether it became durable.
bool write_group(Journal& journal, const std::vector<model::Record>& group, bool torn) {
  RC_ASSERT(journal.db().begin().has_value());
  for (const model::Record& record : group) RC_ASSERT(journal.db().add(record).has_value());
  if (torn) {
    journal.db().rollback();
    return false;
  }
  RC_ASSERT(journal.db().commit().has_value());
  return true;
}

/// A run of groups. A torn one ends it, as a crash does, or is written again, as a full disk makes it. Returns the time of its
/// last record.
int write_run(Journal& journal, ReferenceJournal& reference, const std::vector<Draw>& draws, int from) {
  start(journal, at(from));
  reference.begin_run(at(from));
  int n = from;
  std::size_t next = 0;
  while (next < draws.size()) {
    const auto size = std::min(*rc::gen::inRange<std::size_t>(1, 8), draws.size() - next);
    const int fate = *rc::gen::inRange(0, 12);
    std::vector<model::Record> group;
    for (std::size_t i = 0; i < size; ++i) group.push_back(record_of(draws[next++], at(++n)));
    if (fate < 4 && !write_group(journal, group, true) && fate == 0) break;
    if (fate == 1) continue;  // given up: what comes next gets its row numbers
    write_group(journal, group, false);
    for (const model::Record& record : group) reference.add(record);
  }
  return n;
}

TEST(JournalProperty, RecoveryIsTheFoldOfWhatWasCommitted) {
  EXPECT_TRUE(rc::check("recover() = fold of the durable prefix, over several runs", [] {
    Retention retention;
    retention.recent_fills = hours(*rc::gen::inRange(1, 60));
    Journal journal = value(Journal::in_memory(retention));
    ReferenceJournal reference(stream_tokens());
    int n = 0;
    const int runs = *rc::gen::inRange(1, 4);
    for (int run = 0; run < runs; ++run) {
      n = write_run(journal, reference, *rc::gen::arbitrary<std::vector<Draw>>(), n) + 1;
      const auto recovered = journal.db().recover(kAccount);
      RC_ASSERT(recovered.has_value());
      RC_ASSERT(describe(*recovered) == describe(reference.fold(retention.recent_fills)));
    }
  }));
}

/// Years later: everything that may go goes.
void prune(Journal& journal) {
  while (true) {
    const auto pruned = journal.db().prune(kStart + hours(24) * 3000, *rc::gen::inRange<std::uint64_t>(1, 9));
    RC_ASSERT(pruned.has_value());
    if (!pruned->more) return;
  }
}

TEST(JournalProperty, RetentionRemovesNothingThatARestartNeeds) {
  EXPECT_TRUE(rc::check("recover() is the same after pruning", [] {
    Retention retention;
    retention.recent_fills = hours(*rc::gen::inRange(1, 60));
    Journal journal = value(Journal::in_memory(retention));
    ReferenceJournal reference(stream_tokens());
    write_run(journal, reference, *rc::gen::arbitrary<std::vector<Draw>>(), 0);
    prune(journal);
    const auto recovered = journal.db().recover(kAccount);
    RC_ASSERT(recovered.has_value());
    RC_ASSERT(describe(*recovered) == describe(reference.fold(retention.recent_fills)));
  }));
}

}  // namespace
}  // namespace ebb::store::testing
