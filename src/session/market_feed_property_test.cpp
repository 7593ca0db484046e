// Whatever happens in whatever order, the feed keeps its promises.
#include <gtest/gtest.h>

#include "session/feed_rig.hpp"
#include "session/market_feed.hpp"

namespace ebb::session {
namespace {

using test::FeedRig;

void misbehave(FeedRig& rig, Random& random) {
  const auto sockets = static_cast<std::uint64_t>(std::max<std::size_t>(rig.feed->socket_count(), 1));
  const auto socket = static_cast<std::uint16_t>(random.below(sockets));
  const std::size_t token = random.below(rig.books.size());
  switch (random.below(14)) {
    case 0: rig.feed->follow(rig.now, FeedRig::token(token)); break;
    case 1: rig.feed->unfollow(rig.now, FeedRig::token(token)); break;
    case 2:
      if (rig.sockets[socket].open) rig.disconnect(socket);
      break;
    case 3: rig.faults.frozen.insert(socket); break;
    case 4: rig.faults.mute.insert(socket); break;
    case 5: rig.faults.refuse_connects = random.chance(0.3); break;
    case 6: rig.faults.empty_dumps = random.chance(0.3); break;
    case 7: rig.faults.rest_down = random.chance(0.3); break;
    case 8: rig.faults.rest_status = random.chance(0.5) ? 0 : random.chance(0.5) ? 503 : 429; break;
    case 9: rig.faults.rest_ghosts = random.chance(0.3); break;
    case 10: rig.faults.prices_down = random.chance(0.3); break;
    case 11: rig.push(socket, random.chance(0.5) ? "INVALID OPERATION" : R"([{"asset_id":"1000000","bids":[)"); break;
    case 12:
      rig.feed->on_response(RequestTag(random.below(1'000)), rig.now, fail("net.closed", "a stray answer"));
      break;
    default:
      for (int i = 0; i < 5; ++i) rig.change(random.below(rig.books.size()));
  }
}

void run_seed(std::uint64_t seed) {
  FeedConfig config;
  config.assets_per_connection = 6;
  config.twin = seed % 2 == 1;
  config.unsubscribe_grace = seconds(3);
  config.seed = seed;
  FeedRig rig(config, 12, seed);
  Random random(seed);
  rig.follow_all();
  for (int step = 0; step < 400; ++step) {
    misbehave(rig, random);
    rig.run_for(milliseconds(static_cast<std::int64_t>(random.below(1'500))));
    for (std::uint16_t c = 0; c < rig.feed->connection_count(); ++c) {
      const LinkView link = rig.feed->link(model::ConnectionIndex(c));
      ASSERT_LE(link.assets, config.assets_per_connection);
      ASSERT_LE(link.unconfirmed, link.assets);
    }
    for (const auto& [socket, state] : rig.sockets) ASSERT_LE(state.subscribed.size(), config.assets_per_connection);
    ASSERT_GT(rig.feed->next_timer(), rig.now);
  }
  // The venue is itself again: everything that is followed comes back by itself.
  rig.faults = {};
  rig.follow_all();
  rig.run_for(minutes(3));
  ASSERT_EQ(rig.trusted(), rig.books.size()) << "seed " << seed;
  for (std::size_t i = 0; i < rig.books.size(); ++i)
    ASSERT_TRUE(rig.equal_to_venue(i)) << "seed " << seed << " token " << i;
  ASSERT_EQ(rig.feed->unconfirmed(), 0U) << "seed " << seed;
}

TEST(MarketFeedProperty, RecoversFromEveryMixtureOfFaults) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    run_seed(seed);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace ebb::session
