#include "app/commands.hpp"
#include "app/data_dir.hpp"
#include "app/exit_code.hpp"
#include "app/explain_file.hpp"
#include "app/json.hpp"

namespace ebb::app {

int run_explain(const ExplainOptions& options) {
  const auto directory = data_dir_path(options.common.data_dir);
  if (!directory) return report_error("explain", options.common, directory.error(), kExitBadUsage);
  const auto token = read_explained(*directory, options.token);
  if (!token) return report_error("explain", options.common, token.error(), kExitBadUsage);
  if (!options.common.json) {
    print(explain_text(*token, colour_of_stdout()));
    return kExitDone;
  }
  JsonWriter json;
  json.begin_object();
  write_head(json, "explain", 0.0, {});
  json.field("run", token->run).key("token").raw(token->json).end_object();
  print(json.text() + "\n");
  return kExitDone;
}

}  // namespace ebb::app
