#include "portfolio/markout.hpp"

namespace ebb::portfolio {

void Markouts::on_fill(Timestamp now, model::TokenIndex token, model::Side side, Price price, Shares size) {
  for (std::size_t horizon = 0; horizon < pending_.size(); ++horizon) {
    pending_[horizon].push_back({now + seconds(kMarkoutSeconds[horizon]), token, side, price, size});
  }
}

void Markouts::sample(int horizon, const Pending& fill, std::int32_t mid2) {
  if (mid2 < 0) {
    ++dropped_;
    return;
  }
  const std::int64_t moved = std::int64_t{mid2} - 2 * fill.price.raw();  // in half grid units
  const auto gain = static_cast<__int128>(fill.side == model::Side::buy ? moved : -moved) * fill.size.raw();
  Markout& total = totals_[static_cast<std::size_t>(horizon)];
  ++total.samples;
  total.sum += Usdc(static_cast<std::int64_t>(gain / (2 * kPriceScale)));
  total.size += fill.size;
}

}  // namespace ebb::portfolio
