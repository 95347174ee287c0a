#include "tarn/service/connections.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sys/stat.h>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "tarn/base/aes_gcm.h"
#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/base/secret_reference.h"
#include "tarn/catalog/document_store.h"
#include "tarn/service/schedule.h"

namespace tarn::service {
namespace {

using catalog::Document;
using governance::Principal;

constexpr char kCollection[] = "connection";
constexpr size_t kKeyBytes = 32;
constexpr size_t kListMax = 10'000;
constexpr size_t kMembersBytesMax = 64 << 10;
constexpr std::string_view kReferenceMark = "${";

/// Members whose change takes the secrets to another place.
constexpr std::string_view kPlaces[] = {"host", "port", "endpoint", "url", "dsn"};

const std::vector<ConnectionType>& Types() {
  static const std::vector<ConnectionType> types = {
      {.name = "postgres",
       .settings = {"host", "port", "database", "user", "sslmode", "sslrootcert"},
       .secrets = {"password"},
       .required = {"host", "database", "user"}},
      {.name = "mysql",
       .settings = {"host", "port", "database", "user", "sslmode", "sslrootcert"},
       .secrets = {"password"},
       .required = {"host", "user"}},
      {.name = "odbc",
       .settings = {"dsn", "user"},
       .secrets = {"password", "connection_string"},
       .required = {}},
      {.name = "s3",
       .settings = {"endpoint", "region", "path_style", "bucket"},
       .secrets = {"access_key", "secret_key", "session_token"},
       .required = {"access_key", "secret_key"}},
      {.name = "http",
       .settings = {"url", "user"},
       .secrets = {"password", "token", "headers"},
       .required = {"url"}}};
  return types;
}

bool IsIn(const std::vector<std::string_view>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string Joined(std::initializer_list<std::vector<std::string_view>> lists) {
  std::string text;
  for (const auto& list : lists) {
    for (const std::string_view name : list) {
      text += (text.empty() ? "" : ", ") + std::string(name);
    }
  }
  return text;
}

Status NoSuchConnection(const std::string& name) {
  return MakeError(ErrorCode::kNoSuchConnection,
                   "There is no such stored connection, or it is not yours: " + name);
}

bool IsOwn(const Connection& connection, const Principal& principal) {
  return principal.is_admin || connection.owner == principal.name;
}

/// As `sealed` is bound to it.
std::string AadOf(const Connection& connection) {
  return "tarn connection " + connection.name + " of " + connection.owner;
}

Status KeyFileFailed(const std::string& file, const char* what) {
  return MakeError(ErrorCode::kIoFailed, std::string("The key of the stored connections "
                                                     "cannot be ") +
                                             what + " (" + std::strerror(errno) +
                                             "): " + file);
}

/// Closes what it opened.
class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~OwnedDescriptor() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

/// The key's hexadecimal digits; unset if there is no such file.
Result<std::optional<std::string>> ReadKeyFile(const std::string& file) {
  const OwnedDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.get() < 0) {
    return errno == ENOENT ? Result<std::optional<std::string>>(std::nullopt)
                           : KeyFileFailed(file, "read");
  }
  struct stat about = {};
  if (::fstat(opened.get(), &about) != 0) {
    return KeyFileFailed(file, "read");
  }
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if ((about.st_mode & kOthers) != 0) {
    return MakeError(ErrorCode::kForbidden,
                     "Others may read the key of the stored connections; chmod 600 it, "
                     "and change the passwords if somebody did: " +
                         file);
  }
  std::string text(kKeyBytes * 2, '\0');
  const ssize_t size = ::read(opened.get(), text.data(), text.size());
  if (size != static_cast<ssize_t>(text.size()) ||
      text.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return MakeError(
        ErrorCode::kInvalidData,
        "This is no key of stored connections (64 hexadecimal digits): " + file);
  }
  return std::optional(text);
}

/// Leaves the file of another process, if that was faster.
Status WriteKeyFile(const std::string& file) {
  ARROW_ASSIGN_OR_RAISE(const std::string key, NewSecretBytes(kKeyBytes));
  const std::string text = HexOf(key) + "\n";
  std::string draft = file + ".XXXXXX";
  const OwnedDescriptor made(::mkostemp(draft.data(), O_CLOEXEC));  // mode 600
  if (made.get() < 0) {
    return KeyFileFailed(file, "written");
  }
  const bool is_written = ::write(made.get(), text.data(), text.size()) ==
                              static_cast<ssize_t>(text.size()) &&
                          ::fsync(made.get()) == 0;
  const bool is_linked =
      is_written && (::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const Status status = is_linked ? Status::OK() : KeyFileFailed(file, "written");
  ::unlink(draft.c_str());
  return status;
}

/// One member as it may be. Errors do not have its value.
Status CheckMember(const std::string& name, const Json& value, bool is_secret,
                   const ConnectionCaller& caller) {
  if (value.is_structured() || (is_secret && !value.is_string())) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A member of the stored connection is of the wrong type: " + name);
  }
  if (caller.reaches_server) {
    return Status::OK();
  }
  if (name == "sslrootcert" || name == "endpoint") {
    return MakeError(ErrorCode::kForbidden,
                     "Files of the server and stores of one's own are for callers who "
                     "reach the server (sql.server_access): " +
                         name);
  }
  if (name == "host" && value.is_string() &&
      value.get_ref<const std::string&>().find_first_of("/@,") != std::string::npos) {
    return MakeError(ErrorCode::kForbidden,
                     "Sockets of the server are for callers who reach it; give the name "
                     "of one host");
  }
  if (is_secret &&
      value.get_ref<const std::string&>().find(kReferenceMark) != std::string::npos) {
    return MakeError(ErrorCode::kForbidden,
                     "References to secrets, ${…}, are for callers who reach the "
                     "server's files: " +
                         name);
  }
  return Status::OK();
}

/// A driver is a library of the server, and its attributes name files.
Status CheckDriver(const ConnectionOrder& order, const ConnectionCaller& caller) {
  if (order.type != "odbc") {
    return Status::OK();
  }
  if (!caller.reaches_server) {
    return MakeError(ErrorCode::kForbidden,
                     "Connections by ODBC are for callers who reach the server "
                     "(sql.server_access)");
  }
  const bool has_source = order.members.is_object() && order.members.contains("dsn");
  const bool has_text =
      order.members.is_object() && order.members.contains("connection_string");
  return has_source && has_text
             ? MakeError(ErrorCode::kInvalidArgument,
                         "A stored connection of type odbc has dsn or connection_string, "
                         "not both")
             : Status::OK();
}

/// Splits the order's members.
Status TakeMembers(const ConnectionOrder& order, const ConnectionType& type,
                   const ConnectionCaller& caller, Json* settings, Json* secrets) {
  if (!order.members.is_object() || DumpJson(order.members).size() > kMembersBytesMax) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "The members of a stored connection are an object of at most 64 kB");
  }
  for (const auto& [name, value] : order.members.items()) {
    const bool is_secret = IsIn(type.secrets, name);
    if (!is_secret && !IsIn(type.settings, name)) {
      return MakeError(ErrorCode::kInvalidArgument,
                       "A stored connection of type " + order.type + " has no member " +
                           name + "; it has " + Joined({type.settings, type.secrets}));
    }
    if (!value.is_null()) {
      RETURN_NOT_OK(CheckMember(name, value, is_secret, caller));
      (is_secret ? *secrets : *settings)[name] = value;
    }
  }
  return Status::OK();
}

std::string BytesOf(const std::string& hex) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  }
  return bytes;
}

}  // namespace

struct Connections::Kept {
  Connection connection;
  std::string sealed;  // base64 of the secrets, a JSON object
  int64_t version = 0;

  Document ToDocument() const {
    const Json json = {{"name", connection.name},
                       {"owner", connection.owner},
                       {"type", connection.type},
                       {"description", connection.description},
                       {"shared", connection.is_shared ? 1 : 0},
                       {"guarded", connection.is_guarded ? 1 : 0},
                       {"settings", connection.settings},
                       {"secrets", connection.secrets},
                       {"sealed", sealed},
                       {"created_at", connection.created_at.count()},
                       {"updated_at", connection.updated_at.count()}};
    return {.collection = kCollection,
            .id = connection.name,
            .owner = connection.owner,
            .state = connection.is_shared ? "shared" : "own",
            .text = DumpJson(json),
            .version = version};
  }
};

const ConnectionType* FindConnectionType(std::string_view name) {
  const auto found = std::ranges::find(Types(), name, &ConnectionType::name);
  return found == Types().end() ? nullptr : &*found;
}

Result<Connections::Kept> Connections::KeptFrom(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const Json json, ParseJson(text, "stored connection"));
  ARROW_ASSIGN_OR_RAISE(const auto fields, JsonFields::Make(json, "stored connection"));
  Kept kept;
  Connection& connection = kept.connection;
  ARROW_ASSIGN_OR_RAISE(connection.name, fields.String("name"));
  ARROW_ASSIGN_OR_RAISE(connection.owner, fields.String("owner"));
  ARROW_ASSIGN_OR_RAISE(connection.type, fields.String("type"));
  ARROW_ASSIGN_OR_RAISE(connection.description, fields.String("description"));
  ARROW_ASSIGN_OR_RAISE(const int64_t shared, fields.Int64("shared"));
  ARROW_ASSIGN_OR_RAISE(const int64_t guarded, fields.Int64("guarded"));
  connection.is_shared = shared != 0;
  connection.is_guarded = guarded != 0;
  ARROW_ASSIGN_OR_RAISE(const Json* settings, fields.Object("settings"));
  connection.settings = *settings;
  ARROW_ASSIGN_OR_RAISE(const Json* secrets, fields.Array("secrets"));
  ARROW_ASSIGN_OR_RAISE(connection.secrets, StringArray(*secrets, "secrets"));
  ARROW_ASSIGN_OR_RAISE(kept.sealed, fields.String("sealed"));
  ARROW_ASSIGN_OR_RAISE(const int64_t created, fields.Int64("created_at"));
  ARROW_ASSIGN_OR_RAISE(const int64_t updated, fields.Int64("updated_at"));
  connection.created_at = std::chrono::milliseconds(created);
  connection.updated_at = std::chrono::milliseconds(updated);
  return kept;
}

Result<Connections::Kept> Connections::Read(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const auto document, options_.documents.Find(kCollection, name));
  if (!document) {
    return NoSuchConnection(name);
  }
  ARROW_ASSIGN_OR_RAISE(Kept kept, KeptFrom(document->text));
  kept.version = document->version;
  return kept;
}

Result<std::string> Connections::Key() {
  const std::lock_guard lock(mutex_);
  if (key_.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto text, ReadKeyFile(options_.key_file));
    if (!text) {
      RETURN_NOT_OK(WriteKeyFile(options_.key_file));
      ARROW_ASSIGN_OR_RAISE(text, ReadKeyFile(options_.key_file));
    }
    key_ = BytesOf(text.value_or(""));
  }
  return key_;
}

Result<Json> Connections::Unseal(const Kept& kept) {
  if (kept.sealed.empty()) {
    return Json(Json::object());
  }
  ARROW_ASSIGN_OR_RAISE(const std::string key, Key());
  const Result<std::string> sealed = Base64Decode(kept.sealed);
  std::string plain;
  const Status opened = sealed.ok()
                            ? AesGcmOpen(key, *sealed, AadOf(kept.connection), &plain)
                            : sealed.status();
  if (!opened.ok()) {
    return MakeError(ErrorCode::kInvalidData,
                     "The secrets of a stored connection were sealed with another key; "
                     "bring back " +
                         options_.key_file +
                         " or store them again: " + kept.connection.name);
  }
  return ParseJson(plain, "secrets of a stored connection");
}

Status Connections::KeepSecrets(const Kept& before, const Connection& connection,
                                Json* secrets) {
  const auto place = [](const Connection& of, std::string_view name) {
    const auto found = of.settings.find(name);
    return found == of.settings.end() ? Json(nullptr) : *found;
  };
  const bool is_same_place =
      before.connection.type == connection.type &&
      std::ranges::all_of(kPlaces, [&](std::string_view name) {
        return place(connection, name) == place(before.connection, name);
      });
  if (!is_same_place) {
    return Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(const Json old, Unseal(before));
  for (const auto& [name, value] : old.items()) {
    secrets->emplace(name, value);
  }
  return Status::OK();
}

Result<Connections::Kept> Connections::Seal(const ConnectionOrder& order,
                                            const ConnectionCaller& caller,
                                            const Kept* before) {
  RETURN_NOT_OK(CheckScheduleName(order.name));
  const ConnectionType* const type = FindConnectionType(order.type);
  if (type == nullptr) {
    return MakeError(
        ErrorCode::kInvalidArgument,
        "The type of a stored connection is postgres, mysql, odbc, s3 or http, not " +
            order.type);
  }
  RETURN_NOT_OK(CheckDriver(order, caller));
  Kept kept;
  Connection& connection = kept.connection;
  connection.name = order.name;
  connection.owner = before == nullptr ? caller.principal.name : before->connection.owner;
  connection.type = order.type;
  connection.description = order.description;
  connection.is_shared = order.is_shared;
  connection.is_guarded = !caller.reaches_server;
  Json secrets = Json::object();
  RETURN_NOT_OK(TakeMembers(order, *type, caller, &connection.settings, &secrets));
  if (before != nullptr) {
    RETURN_NOT_OK(KeepSecrets(*before, connection, &secrets));
  }
  for (const std::string_view name : type->required) {
    if (!secrets.contains(name) && !connection.settings.contains(name)) {
      return MakeError(
          ErrorCode::kInvalidArgument,
          "A stored connection of type " + order.type + " needs " + std::string(name));
    }
  }
  if (order.type == "odbc" && !connection.settings.contains("dsn") &&
      !secrets.contains("connection_string")) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "A stored connection of type odbc needs dsn or connection_string");
  }
  for (const auto& [name, value] : secrets.items()) {
    connection.secrets.push_back(name);
  }
  if (!secrets.empty()) {
    ARROW_ASSIGN_OR_RAISE(const std::string key, Key());
    std::string sealed;
    RETURN_NOT_OK(AesGcmSeal(key, DumpJson(secrets), AadOf(connection), &sealed));
    kept.sealed = Base64Encode(sealed);
  }
  connection.updated_at = options_.clock.Now();
  connection.created_at =
      before == nullptr ? connection.updated_at : before->connection.created_at;
  return kept;
}

Result<Connection> Connections::Create(const ConnectionOrder& order,
                                       const ConnectionCaller& caller) {
  ARROW_ASSIGN_OR_RAISE(const Kept kept, Seal(order, caller, nullptr));
  const auto created = options_.documents.Create(kept.ToDocument());
  if (!created.ok() && CodeOf(created.status()) == ErrorCode::kAlreadyExists) {
    return MakeError(ErrorCode::kAlreadyExists,
                     "There is a stored connection of this name already: " + order.name);
  }
  RETURN_NOT_OK(created.status());
  return kept.connection;
}

Result<Connection> Connections::Replace(const ConnectionOrder& order,
                                        const ConnectionCaller& caller) {
  ARROW_ASSIGN_OR_RAISE(const Kept before, Read(order.name));
  if (!IsOwn(before.connection, caller.principal)) {
    return NoSuchConnection(order.name);
  }
  ARROW_ASSIGN_OR_RAISE(Kept kept, Seal(order, caller, &before));
  kept.version = before.version;
  RETURN_NOT_OK(options_.documents.Replace(kept.ToDocument()).status());
  return kept.connection;
}

Result<Connection> Connections::Find(const std::string& name,
                                     const Principal& principal) {
  ARROW_ASSIGN_OR_RAISE(Kept kept, Read(name));
  return IsOwn(kept.connection, principal) ? Result<Connection>(kept.connection)
                                           : NoSuchConnection(name);
}

Result<std::vector<Connection>> Connections::List(const Principal& principal) {
  ARROW_ASSIGN_OR_RAISE(const auto documents,
                        options_.documents.List(kCollection, {.limit = kListMax}));
  std::vector<Connection> found;
  for (const Document& document : documents) {
    ARROW_ASSIGN_OR_RAISE(Kept kept, KeptFrom(document.text));
    const bool is_own = IsOwn(kept.connection, principal);
    if (!is_own && !kept.connection.is_shared) {
      continue;
    }
    if (!is_own) {
      kept.connection.settings = Json::object();
      kept.connection.secrets.clear();
    }
    found.push_back(std::move(kept.connection));
  }
  std::ranges::reverse(found);
  return found;
}

Status Connections::Remove(const std::string& name, const Principal& principal) {
  RETURN_NOT_OK(Find(name, principal).status());
  return options_.documents.Remove(kCollection, name);
}

Result<Json> Connections::SecretsOf(const std::string& name, const Principal& principal) {
  ARROW_ASSIGN_OR_RAISE(const Kept kept, Read(name));
  if (!kept.connection.is_shared && !IsOwn(kept.connection, principal)) {
    return NoSuchConnection(name);
  }
  Json members = kept.connection.settings;
  ARROW_ASSIGN_OR_RAISE(const Json secrets, Unseal(kept));
  for (const auto& [secret, value] : secrets.items()) {
    const auto& text = value.get_ref<const std::string&>();
    if (kept.connection.is_guarded || text.find(kReferenceMark) == std::string::npos) {
      members[secret] = text;
      continue;
    }
    const Result<std::string> resolved = ResolveSecretReferences(text);
    if (!resolved.ok()) {
      return WithContext("Stored connection " + name + ", " + secret + ": ",
                         resolved.status());
    }
    members[secret] = *resolved;
  }
  members["type"] = kept.connection.type;
  members["guarded"] = kept.connection.is_guarded;
  return members;
}

}  // namespace tarn::service
