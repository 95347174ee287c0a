#include "tarn/cli/sql_client/remote_sign_in.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include <pwd.h>
#include <termios.h>
#include <unistd.h>

#include "tarn/base/config.h"
#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/cli/print/text_output.h"
#include "tarn/cli/workspace.h"
#include "tarn/iceberg/table_ident.h"

namespace tarn::cli {
namespace {

size_t AuthorityBegin(const std::string& url) {
  for (const std::string scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) {
      return scheme.size();
    }
  }
  return std::string::npos;
}

std::string SystemUser() {
  const passwd* const entry = ::getpwuid(::geteuid());
  return entry == nullptr ? "tarn" : entry->pw_name;
}

/// The text of a file without the line break at its end.
Result<std::string> SecretIn(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return MakeError(errno == ENOENT ? ErrorCode::kNoSuchFile : ErrorCode::kIoFailed,
                     "Cannot read " + path + ": " + std::strerror(errno));
  }
  std::string text((std::istreambuf_iterator<char>(file)),
                   std::istreambuf_iterator<char>());
  while (text.ends_with('\n') || text.ends_with('\r')) {
    text.pop_back();
  }
  return text;
}

Result<std::string> AskPassword(const std::string& user) {
  if (!IsTerminal(0)) {
    return MakeError(ErrorCode::kUsage,
                     "--password asks on a terminal; elsewhere use --password-file or "
                     "TARN_CLIENT_CREDENTIAL");
  }
  PrintToStderr("Password of " + user + ": ");
  termios before{};
  ::tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::string password;
  std::getline(std::cin, password);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  PrintToStderr("\n");
  return password;
}

/// client.credential and client.token, of the home's settings if there is one.
Status TakeSettings(const std::string& home, RemoteOptions* remote) {
  ARROW_ASSIGN_OR_RAISE(const Config config, ReadConfig(HomeDirectory(home)));
  ARROW_ASSIGN_OR_RAISE(remote->token,
                        ResolveSecretReferences(config.GetText("client.token")));
  ARROW_ASSIGN_OR_RAISE(const std::string credential,
                        ResolveSecretReferences(config.GetText("client.credential")));
  const size_t colon = credential.find(':');
  if (colon != std::string::npos) {
    remote->user = credential.substr(0, colon);
    remote->password = credential.substr(colon + 1);
  }
  return Status::OK();
}

Status TakeSecrets(const SignInOptions& options, RemoteOptions* remote) {
  if (!options.user.empty() && options.user != remote->user) {
    remote->user = options.user;
    remote->password.clear();  // was another's
  }
  if (remote->user.empty()) {
    remote->user = SystemUser();
  }
  if (!options.password_file.empty()) {
    ARROW_ASSIGN_OR_RAISE(remote->password, SecretIn(options.password_file));
    remote->token.clear();
  }
  if (options.asks_password) {
    ARROW_ASSIGN_OR_RAISE(remote->password, AskPassword(remote->user));
    remote->token.clear();
  }
  if (!options.token_file.empty()) {
    ARROW_ASSIGN_OR_RAISE(remote->token, SecretIn(options.token_file));
  }
  return Status::OK();
}

}  // namespace

bool IsSqlServer(const std::string& server) {
  const size_t begin = AuthorityBegin(server);
  if (begin == std::string::npos) {
    return false;
  }
  const size_t path = server.find('/', begin);
  return path == std::string::npos || path + 1 == server.size();
}

Result<RemoteOptions> SignIn(const std::string& home, const std::string& server,
                             const SignInOptions& options) {
  if (server.find('@') != std::string::npos) {
    return MakeError(ErrorCode::kUsage,
                     "A password in --server could be seen by others of this machine; "
                     "use --user with --password or --password-file");
  }
  RemoteOptions remote;
  remote.url = server;
  RETURN_NOT_OK(TakeSettings(home, &remote));
  RETURN_NOT_OK(TakeSecrets(options, &remote));
  if (!options.schema.empty()) {
    const std::vector<std::string> parts =
        iceberg::NamespaceFromString(options.schema).levels;
    remote.schema = parts.back();
    if (parts.size() == 2) {
      remote.catalog = parts.front();
    }
  }
  remote.http.verifies_tls = !options.is_insecure;
  remote.http.ca_file = options.ca_file;
  remote.http.certificate_file = options.certificate_file;
  remote.http.key_file = options.key_file;
  remote.http.timeout = std::chrono::minutes(2);
  return remote;
}

Status RefuseSignIn(const SignInOptions& options) {
  const std::pair<const char*, bool> given[] = {
      {"--user", !options.user.empty()},
      {"--password", options.asks_password},
      {"--password-file", !options.password_file.empty()},
      {"--token-file", !options.token_file.empty()},
      {"--schema", !options.schema.empty()},
      {"--ca", !options.ca_file.empty()},
      {"--certificate", !options.certificate_file.empty()},
      {"--key", !options.key_file.empty()},
      {"--insecure", options.is_insecure}};
  for (const auto& [name, is_given] : given) {
    if (is_given) {
      return MakeError(ErrorCode::kUsage,
                       std::string(name) +
                           " goes with --server and the URL of a server, such as "
                           "http://127.0.0.1:8080");
    }
  }
  return Status::OK();
}

}  // namespace tarn::cli
