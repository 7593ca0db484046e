#include "crashtest/books.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <utility>

#include "base/decimal.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::crashtest {
namespace {

using polymarket::JsonKind;
using polymarket::JsonTree;

// The journal is read with SQL of our own: nothing of what wrote it is asked.
Expected<void> read_journal(const std::filesystem::path& path, const std::string& wallet, Books& books) {
  try {
    SQLite::Database db(path.string(), SQLite::OPEN_READONLY);
    const std::string mine = " JOIN accounts a USING (account_no) WHERE lower(a.wallet) = lower(?)";
    SQLite::Statement orders(db, "SELECT o.order_id FROM orders o" + mine);
    orders.bind(1, wallet);
    while (orders.executeStep()) books.orders.insert(orders.getColumn(0).getString());
    SQLite::Statement fills(db, "SELECT f.trade_id, f.order_id FROM fills f" + mine);
    fills.bind(1, wallet);
    while (fills.executeStep()) {
      auto key = std::pair(fills.getColumn(0).getString(), fills.getColumn(1).getString());
      if (!books.fills.insert(key).second) books.repeated_fills.push_back(key.first + " of " + key.second);
    }
  } catch (const SQLite::Exception& error) {
    return fail("crashtest.journal", path.string() + ": " + error.what());
  }
  return {};
}

Expected<void> read_result(const std::string& text, Books& books) {
  JsonTree tree;
  const bool whole = tree.parse(text) && tree[0].kind == JsonKind::object;
  const std::uint32_t account = whole ? tree.find(0, "account") : 0;
  const std::uint32_t positions = whole ? tree.find(0, "positions") : 0;
  const auto cash = account == 0 ? std::nullopt : parse_usdc(tree.member(account, "cash").text);
  if (!cash || positions == 0) return fail("crashtest.result", "the trader's last result is not what it should be");
  books.cash = *cash;
  for (std::uint32_t i = positions + 1; i < tree[positions].end; i = tree[i].end) {
    const auto size = parse_shares(tree.member(i, "size").text);
    if (!size) return fail("crashtest.result", "a position without a size");
    if (size->raw() != 0) books.positions.emplace(tree.member(i, "token_id").text, *size);
  }
  return {};
}

}  // namespace

Expected<Books> read_books(const std::filesystem::path& journal, const std::string& wallet, const std::string& result) {
  Books books;
  TRY_VOID(read_journal(journal, wallet, books));
  TRY_VOID(read_result(result, books));
  return books;
}

}  // namespace ebb::crashtest
