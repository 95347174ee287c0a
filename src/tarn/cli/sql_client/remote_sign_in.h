// Which server SQL goes to, and who asks.
#pragma once

#include <string>

#include "tarn/base/result.h"
#include "tarn/cli/sql_client/protocol_session.h"

namespace tarn::cli {

struct SignInOptions {
  std::string user;  // empty: of the credential, else of the system
  bool asks_password = false;
  std::string password_file;
  std::string token_file;
  std::string schema;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  bool is_insecure = false;
};

/// True if `server` is a URL without a path: statements go there. A URL with one, or a
/// name, is a catalog's.
bool IsSqlServer(const std::string& server);

/// Secrets come from files, the terminal, or the settings client.credential and
/// client.token of `home` and the environment: never from the command line, which other
/// users see. Errors: kUsage, kNoSuchFile, those of the configuration.
Result<RemoteOptions> SignIn(const std::string& home, const std::string& server,
                             const SignInOptions& options);

/// kUsage if an option is set that only a server has a use for.
Status RefuseSignIn(const SignInOptions& options);

}  // namespace tarn::cli
