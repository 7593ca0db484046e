// The venue's refusals in our words (protocol 6.2 to 6.4). Status and code are read first, then the text, because texts
// are free-form and travel inside sentences that name an order.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/event.hpp"
#include "model/order.hpp"

namespace ebb::polymarket {

/// What an answer to a placement said, as far as it was a refusal.
struct Refusal {
  int http_status = 200;
  std::string_view text;  ///< `error`, `errorMsg` or `error_msg`
  std::string_view code;  ///< `code` of the body; only "post_only_mode" is documented
};

/// Why an order was refused; `none` for an empty text with status 2xx. A text that nobody knows is `other`; while
/// trading is disabled it is cancel_only_mode (venue_mode() tells the two apart).
[[nodiscard]] model::RejectKind classify_refusal(const Refusal& refusal);

/// Whether the answer leaves open what became of the order: 5xx without a known mode, 425, 429 without the venue's
/// headers, or no answer at all (status 0). Then the venue must be asked about the id (protocol 6.2).
[[nodiscard]] bool is_outcome_unknown(const Refusal& refusal, bool has_retry_headers);

/// The mode that a refusal reveals (protocol 6.4); `normal` when it reveals none.
[[nodiscard]] model::VenueMode venue_mode(const Refusal& refusal);

/// What is done about a refusal (the catalogue of protocol 6.3 as decisions). Who acts: `refuse`, `shrink`, `refresh_balance`,
/// `refresh_tick` are definite and the engine's routine acts on the RejectKind; the rest is the order sender's.
enum class Decision : std::uint8_t {
  accept,  ///< nothing was refused
  refuse,  ///< this order ends here
  retry,  ///< it had no effect; the same again, in smaller pieces if it was a batch
  wait,  ///< not now: a mode, a rate limit, a market that is not open yet
  shrink,  ///< the text proves that less is free than was asked for
  refresh_tick,  ///< the tick is another one
  refresh_balance,  ///< the venue's cache may be behind
  refresh_version,  ///< ask /version, send the same once more, else halt the market
  stop,  ///< no order of this account can succeed: fail closed
  ask  ///< nobody knows: ask for the id
};
[[nodiscard]] std::string_view to_text(Decision decision);
/// Status and code first, then the text. `has_retry_headers`: Retry-After or Poly-RateLimit-* stood beside a 429.
[[nodiscard]] Decision decide(const Refusal& refusal, bool has_retry_headers);

/// What is free by a balance refusal that names its sums, in millionths: balance - active - matched, at least 0 (rules 7.2);
/// -1 when it names none.
[[nodiscard]] std::int64_t free_of_refusal(std::string_view text);

/// A reason of `not_canceled` (protocol 6.3, last line). An empty reason is `unknown`.
[[nodiscard]] model::CancelOutcome classify_not_canceled(std::string_view reason);

/// `status` of an answer that was accepted (protocol 6.2).
[[nodiscard]] model::PlaceOutcome place_outcome(std::string_view status);

}  // namespace ebb::polymarket
