#include <fmt/format.h>

#include <cstdio>

#include "app/commands.hpp"
#include "app/json.hpp"

namespace ebb::app {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int report_errors(const std::string& command, const CommonOptions& common, const std::vector<Error>& errors,
                  int exit_code) {
  for (const Error& error : errors) {
    fmt::print(stderr, "ebb: {}\n", error.message);
    if (!error.hint.empty()) fmt::print(stderr, "     {}\n", error.hint);
  }
  if (common.json) {
    JsonWriter json;
    json.begin_object();
    write_head(json, command, 0.0, errors);
    json.end_object();
    print(json.text() + "\n");
  }
  return exit_code;
}

int report_error(const std::string& command, const CommonOptions& common, const Error& error, int exit_code) {
  return report_errors(command, common, {error}, exit_code);
}

}  // namespace ebb::app
