#include "model/owned_event.hpp"

#include <type_traits>

namespace ebb::model {
namespace {

template <class Body>
concept HasText = requires(Body body) { body.text = std::string_view{}; };

}  // namespace

OwnedEvent::OwnedEvent(Timestamp time, const EventBody& body) : event_{time, body} {
  std::visit(
      [this](auto& own) {
        using Body = std::remove_cvref_t<decltype(own)>;
        if constexpr (HasText<Body>) {
          text_ = std::string(own.text);
          own.text = text_;
        } else if constexpr (std::is_same_v<Body, TradesAnswer>) {
          trades_.assign(own.trades.begin(), own.trades.end());
          own.trades = trades_;
        }
      },
      event_.body);
}

}  // namespace ebb::model
