#include "crashtest/plan.hpp"

#include <algorithm>

namespace ebb::crashtest {
namespace {

constexpr std::int64_t kLongestStart = 1'500;  // ms
constexpr std::int64_t kLongestTrade = 2'500;
constexpr std::int64_t kMostPasses = 30;

/// The points of some kinds, in turn.
class Turn {
 public:
  Turn(std::vector<PointKind> kinds, Random& random) {
    for (const CrashPoint& point : crash_points()) {
      if (std::find(kinds.begin(), kinds.end(), point.kind) != kinds.end()) points_.push_back(point);
    }
    next_ = random.below(points_.size());
  }
  const CrashPoint& next() { return points_[next_++ % points_.size()]; }

 private:
  std::vector<CrashPoint> points_;
  std::size_t next_ = 0;
};

Kill at_point(const CrashPoint& point, Random& random) {
  const bool often = point.kind == PointKind::running || point.kind == PointKind::power;
  return {.point = point.name, .pass = often ? static_cast<std::uint32_t>(random.between(1, kMostPasses)) : 1};
}

Kill at_moment(Random& random) {
  Kill kill;
  kill.starting = random.below(4) == 0;
  kill.after = milliseconds(random.between(0, kill.starting ? kLongestStart : kLongestTrade));
  return kill;
}

}  // namespace

const std::vector<CrashPoint>& crash_points() {
  static const std::vector<CrashPoint> points = {
      {"journal.create_schema", PointKind::first_start},  //
      {"journal.create_rename", PointKind::first_start},  //
      {"intent.create_rename", PointKind::first_start},   //
      {"journal.created", PointKind::start},              //
      {"intent.before_append", PointKind::running},       //
      {"intent.mid_append", PointKind::running},          //
      {"intent.after_append", PointKind::running},        //
      {"intent.before_sync", PointKind::power},           //
      {"journal.before_begin", PointKind::running},       //
      {"journal.before_record", PointKind::running},      //
      {"journal.before_commit", PointKind::running},      //
      {"journal.after_commit", PointKind::running},       //
      {"journal.before_release", PointKind::running},     //
      {"journal.after_release", PointKind::running},      //
      {"gateway.before_intent", PointKind::running},      //
      {"gateway.after_intent", PointKind::running},       //
      {"gateway.sent", PointKind::running},               //
      {"gateway.answer", PointKind::running},             //
      {"gateway.before_record", PointKind::running},      //
      {"gateway.after_record", PointKind::running},
  };
  return points;
}

std::vector<std::vector<Kill>> plan_kills(const PlanOptions& options, Random& random) {
  Turn first({PointKind::first_start}, random);
  Turn later({PointKind::start, PointKind::running, options.power ? PointKind::power : PointKind::running}, random);
  std::vector<std::vector<Kill>> sessions;
  for (std::uint32_t i = 0; i < options.runs; ++i) {
    const std::uint32_t life = i % options.lives;
    if (life == 0) sessions.emplace_back();
    Kill kill = at_moment(random);
    if (life % 2 == 0) kill = at_point(life == 0 && sessions.size() % 2 == 1 ? first.next() : later.next(), random);
    sessions.back().push_back(std::move(kill));
  }
  return sessions;
}

}  // namespace ebb::crashtest
