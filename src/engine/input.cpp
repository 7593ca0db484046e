#include "engine/input.hpp"

#include "engine/engine.hpp"

namespace ebb::engine {

void apply(Engine& engine, Timestamp time, const Call& call) {
  struct Visitor {
    Engine& engine;
    Timestamp time;
    void operator()(const AddMarket& c) const { (void)engine.add_market(c.spec, c.follow, time); }
    void operator()(const AddSibling& c) const { (void)engine.add_sibling(c.market, c.token_id, c.outcome, time); }
    void operator()(const SetTraded& c) const { engine.set_traded(c.token, c.traded); }
    void operator()(const SetParams& c) const { engine.set_params(c.token, c.params, time); }
    void operator()(const SetLimits& c) const { engine.set_limits(c.limits); }
    void operator()(const Advance&) const { engine.advance(time); }
    void operator()(const BeginStop&) const { engine.begin_stop(time); }
    void operator()(const EndOfFeed&) const { engine.end_of_feed(time); }
    void operator()(const Retire& c) const { (void)engine.retire(c.market, time); }
    void operator()(const Revive& c) const { engine.revive(c.market, time); }
    void operator()(const Restore& c) const { (void)engine.restore(c.recovery, time); }
  };
  std::visit(Visitor{engine, time}, call);
}

}  // namespace ebb::engine
