#include "exchange/venue_json.hpp"

#include "base/decimal.hpp"
#include "exchange/user_frames.hpp"

namespace ebb::exchange {

void JsonText::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (started_.empty()) return;
  if (started_.back()) out_ += ',';
  started_.back() = true;
}

JsonText& JsonText::open(char bracket) {
  separate();
  out_ += bracket;
  started_.push_back(false);
  return *this;
}

JsonText& JsonText::close(char bracket) {
  out_ += bracket;
  started_.pop_back();
  return *this;
}

JsonText& JsonText::key(std::string_view name) {
  separate();
  append_json_text(out_, name);
  out_ += ':';
  after_key_ = true;
  return *this;
}

JsonText& JsonText::text(std::string_view value) {
  separate();
  append_json_text(out_, value);
  return *this;
}

JsonText& JsonText::number(std::int64_t value) { return raw(std::to_string(value)); }

JsonText& JsonText::decimal(std::int64_t raw_value, int decimals) {
  char buffer[32];
  return raw({buffer, write_scaled(buffer, raw_value, decimals)});
}

JsonText& JsonText::decimal_text(std::int64_t raw_value, int decimals) {
  char buffer[32];
  return text({buffer, write_scaled(buffer, raw_value, decimals)});
}

JsonText& JsonText::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace ebb::exchange
