// A small writer of JSON answers: keys in the order of writing, texts escaped, money as decimal text.
//
//   JsonText json;
//   json.open('{').field("price", "0.45").key("data").open('[').close(']').close('}');
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "model/ids.hpp"

namespace ebb::exchange {

class JsonText {
 public:
  /// '{' or '['.
  JsonText& open(char bracket);
  /// '}' or ']'.
  JsonText& close(char bracket);
  JsonText& key(std::string_view name);

  JsonText& text(std::string_view value);
  JsonText& number(std::int64_t value);
  /// A price or another decimal as a JSON number without an exponent.
  JsonText& decimal(std::int64_t raw, int decimals);
  /// The same as a string: "0.45".
  JsonText& decimal_text(std::int64_t raw, int decimals);
  JsonText& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonText& null() { return raw("null"); }
  /// What is JSON already.
  JsonText& raw(std::string_view json);

  JsonText& field(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonText& field(std::string_view name, Price value) { return key(name).decimal_text(value.raw(), 4); }
  JsonText& field(std::string_view name, Shares value) { return key(name).decimal_text(value.raw(), 6); }
  JsonText& field(std::string_view name, Usdc value) { return key(name).decimal_text(value.raw(), 6); }
  JsonText& field(std::string_view name, const model::OrderId& id) { return key(name).text(model::to_text(id)); }
  JsonText& flag(std::string_view name, bool value) { return key(name).boolean(value); }
  JsonText& count(std::string_view name, std::int64_t value) { return key(name).number(value); }

  [[nodiscard]] const std::string& str() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void separate();
  std::string out_;
  std::vector<bool> started_;
  bool after_key_ = false;
};

}  // namespace ebb::exchange
