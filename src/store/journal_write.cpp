// Records into rows. Everything here runs inside a group and may throw (journal_sql.hpp).
#include <fmt/format.h>

#include "store/journal_db_state.hpp"

namespace ebb::store {
namespace {

std::optional<std::string_view> name_if(bool known, std::string_view name) {
  return known ? std::optional(name) : std::nullopt;
}

}  // namespace

std::int64_t JournalDb::State::token_no(model::TokenIndex token) const {
  const std::size_t at = token.value();
  if (!token.valid() || at >= tokens.size() || tokens[at] == 0) {
    throw Refused{{"journal.unknown_token", fmt::format("a record names token {}, which was not registered", at),
                   "this is a bug of ebb: report it"}};
  }
  return tokens[at];
}

std::optional<std::int64_t> JournalDb::State::optional_token_no(model::TokenIndex token) const {
  if (!token.valid()) return std::nullopt;
  return token_no(token);
}

std::int64_t JournalDb::State::token_by_text(const std::string& token_id) {
  SQLite::Statement& find = bind_all((*this)(Sql::find_token), token_id);
  const std::int64_t known = find.executeStep() ? Row(find).integer() : 0;
  (void)find.tryReset();
  if (known != 0) return known;
  run((*this)(Sql::bare_token), token_id);
  return db.getLastInsertRowid();
}

// --- Markets ------------------------------------------------------------------------------------------------------------

std::int64_t JournalDb::State::write_market(const MarketRegistration& registration) {
  const model::MarketSpec& m = registration.spec;
  run((*this)(Sql::upsert_market), m.condition_id, run_no, m.slug, m.question, m.event, m.tick, m.min_order_size,
      m.neg_risk ? 1 : 0, m.version == model::ProtocolVersion::v1 ? 1 : 2, m.fees.rate_bps, m.fees.exponent, m.start,
      m.end, name_of(m.end_precision), registration.time);
  SQLite::Statement& find = bind_all((*this)(Sql::find_market), m.condition_id);
  if (!find.executeStep()) throw DamagedRow{"the market that was just written is not there"};
  const std::int64_t market = Row(find).integer();
  (void)find.tryReset();
  for (int outcome = 0; outcome < 2; ++outcome) {
    const auto at = static_cast<std::size_t>(outcome);
    if (!m.tokens[at].token_id.empty()) write_token(market, outcome, m.tokens[at], registration.tokens[at]);
  }
  return market;
}

void JournalDb::State::write_token(std::int64_t market, int outcome, const model::TokenSpec& token,
                                   model::TokenIndex index) {
  run((*this)(Sql::upsert_token), token.token_id, market, outcome, token.outcome);
  if (!index.valid()) return;
  const std::size_t at = index.value();
  if (at >= tokens.size()) tokens.resize(at + 1, 0);
  group_tokens.emplace_back(at, tokens[at]);
  tokens[at] = token_by_text(token.token_id);
}

// --- Orders -------------------------------------------------------------------------------------------------------------

std::int64_t JournalDb::State::order_no(const model::OrderId& id, Timestamp at, model::TokenIndex token) {
  if (const auto known = orders.find(id); known != orders.end()) return known->second;
  const std::string text = model::to_text(id);
  SQLite::Statement& find = bind_all((*this)(Sql::find_order), text);
  std::int64_t number = find.executeStep() ? Row(find).integer() : 0;
  (void)find.tryReset();
  if (number == 0) {
    run((*this)(Sql::insert_stub), text, account, run_no, token_no(token), at);
    number = db.getLastInsertRowid();
  }
  orders.emplace(id, number);
  return number;
}

void JournalDb::State::write_intent(Timestamp at, const model::IntentRecord& intent, std::int64_t token,
                                    std::int64_t account_number, std::int64_t run_number) {
  const model::PlaceOrder& o = intent.order;
  run((*this)(Sql::insert_intent), model::to_text(o.id), account_number, run_number, token, at, to_text(o.side),
      to_text(o.type), name_of(o.crossing), to_text(o.purpose), o.price, o.size, o.maker_amount, o.taker_amount, o.salt,
      o.time, o.expiration, o.drop_after, intent.reference, intent.cycle);
}

namespace {

struct RecordWriter {
  JournalDb::State& s;
  Timestamp at;

  void operator()(const model::IntentRecord& r) const {
    s.write_intent(at, r, s.token_no(r.order.token), s.account, s.run_no);
  }

  void operator()(const model::OrderRecord& r) const {
    const std::int64_t order = s.order_no(r.id, at, r.token);
    const bool terminal = model::is_terminal(r.state);
    const auto reason = name_if(r.cancel_requested, to_text(r.cancel_reason));
    const auto reject = name_if(r.reject != model::RejectKind::none, to_text(r.reject));
    const auto write = [&](Sql id, const auto&... more) {
      run(s(id), order, at, to_text(r.step), to_text(r.state), r.filled, r.claimed, r.ended_at_venue ? 1 : 0,
          r.cancel_requested ? 1 : 0, r.unexplained ? 1 : 0, reason, reject, more...);
    };
    write(Sql::insert_event);
    write(Sql::update_order, terminal ? 1 : 0);
    if (terminal) s.orders.erase(r.id);
  }

  std::int64_t book(std::optional<std::int64_t> token, std::string_view kind, const auto&... values) const {
    if (token) s.know_ledger(*token);
    run(s(Sql::insert_booking), s.account, s.run_no, token, at, kind, values...);
    return s.db.getLastInsertRowid();
  }

  void operator()(const model::FillRecord& r) const {
    const model::UserTrade& t = r.trade;
    const std::int64_t token = s.token_no(t.token);
    const std::string order = model::to_text(t.order);
    SQLite::Statement& find = bind_all(s(Sql::find_fill), order, t.trade.view());
    std::int64_t fill = find.executeStep() ? Row(find).integer() : 0;
    (void)find.tryReset();
    if (fill == 0) {
      run(s(Sql::insert_fill), s.account, order, t.trade.view(), token, to_text(t.side), t.price, t.size, r.dollars,
          r.fee, t.maker ? 1 : 0, to_text(t.status), t.time, at);
      fill = s.db.getLastInsertRowid();
    }
    const std::int64_t booking = book(token, "FILL", fill, to_text(t.status), Null{}, r.dollars, r.fee, Null{}, Null{});
    run(s(Sql::update_fill), fill, to_text(t.status), at, booking);
  }

  void operator()(const model::LedgerRecord& r) const {
    book(s.optional_token_no(r.token), to_text(r.change), Null{}, Null{}, r.size, r.dollars, Null{}, r.payout,
         r.cost_known ? 1 : 0);
  }

  void operator()(const model::PositionRecord& r) const {
    const std::int64_t token = s.token_no(r.token);
    const std::int64_t booking = book(token, "POSITION", Null{}, Null{}, r.size, r.cost, Null{}, Null{}, Null{});
    run(s(Sql::insert_position), booking, s.account, token, at, r.size, r.cost, r.cost_known ? 1 : 0, r.realized,
        r.fees, r.cash_flow, r.adopted, r.buy_fills, r.sell_fills, r.round_trips, r.trip_open ? 1 : 0);
    run(s(Sql::set_position), booking, s.account, token);
  }

  void operator()(const model::SignalRecord& r) const {
    run(s(Sql::insert_signal), s.run_no, s.token_no(r.token), at, r.bid, r.ask, r.refusal);
  }
  void operator()(const model::TokenRecord& r) const {
    const std::int64_t token = s.token_no(r.token);
    run(s(Sql::upsert_token_state), s.account, token, at, r.blocks, r.phase, r.round_trips, r.floor);
    run(s(Sql::insert_token_history), s.run_no, token, at, r.blocks, r.phase, r.round_trips, r.floor);
  }
  void operator()(const model::RefusalRecord& r) const {
    run(s(Sql::insert_refusal), s.run_no, s.optional_token_no(r.token), at, to_text(r.side), r.price, r.size, r.reason);
  }
  void operator()(const model::DifferenceRecord& r) const {
    const auto order = r.order.is_set() ? std::optional(model::to_text(r.order)) : std::nullopt;
    run(s(Sql::insert_difference), s.run_no, at, to_text(r.kind), s.optional_token_no(r.token), order, r.ours, r.theirs,
        r.verdict, r.action);
  }
  void operator()(const model::OperatorRecord& r) const {
    run(s(Sql::insert_operator), s.run_no, at, name_of(r.request.action), s.optional_token_no(r.request.token));
  }
  void operator()(const model::IncidentRecord& r) const {
    const auto connection = r.connection.valid() ? std::optional<int>(r.connection.value()) : std::nullopt;
    run(s(Sql::insert_incident), s.run_no, at, r.kind, s.optional_token_no(r.token), connection, r.value);
  }
  void operator()(const model::SweepRecord& r) const { run(s(Sql::set_watermark), r.complete_until, s.account); }
};

}  // namespace

void JournalDb::State::know_ledger(std::int64_t token) {
  if (ledgers.insert(token).second) run((*this)(Sql::insert_token_ledger), account, token);
}

void JournalDb::State::write(const model::Record& record) { std::visit(RecordWriter{*this, record.time}, record.body); }

}  // namespace ebb::store
