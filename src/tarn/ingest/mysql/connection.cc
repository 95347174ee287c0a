#include "tarn/ingest/mysql/connection.h"

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

#include <unistd.h>

#include "tarn/base/digest.h"
#include "tarn/base/error.h"
#include "tarn/ingest/mysql/client_library.h"

namespace tarn::ingest::mysql {
namespace {

struct Known {
  uint32_t number;
  ErrorCode code;
  std::string_view advice = "";
};

// The manuals' lists of the server's and the client's errors.
constexpr auto kKnown = std::to_array<Known>({
    {1040, ErrorCode::kUnavailable, "; the server has no connection left"},
    {1044, ErrorCode::kForbidden},
    {1045, ErrorCode::kUnauthenticated, "; check user and password"},
    {1049, ErrorCode::kInvalidArgument},
    {1053, ErrorCode::kUnavailable},
    {1054, ErrorCode::kNoSuchColumn},
    {1064, ErrorCode::kSyntax},
    {1130, ErrorCode::kUnauthenticated},
    {1142, ErrorCode::kForbidden, "; grant the user SELECT on it"},
    {1143, ErrorCode::kForbidden, "; grant the user SELECT on it"},
    {1146, ErrorCode::kNoSuchTable},
    {1205, ErrorCode::kTimeout, "; another program holds a lock"},
    {1213, ErrorCode::kUnavailable},
    {1227, ErrorCode::kForbidden},
    {1317, ErrorCode::kCancelled},
    {1370, ErrorCode::kForbidden},
    {1698, ErrorCode::kUnauthenticated, "; check user and password"},
    {1792, ErrorCode::kForbidden, "; a load only reads"},
    {1927, ErrorCode::kUnavailable},
    {1969, ErrorCode::kTimeout},
    {2002, ErrorCode::kUnavailable, "; check host and port"},
    {2003, ErrorCode::kUnavailable, "; check host and port"},
    {2005, ErrorCode::kUnavailable, "; check the host's name"},
    {2006, ErrorCode::kUnavailable},
    {2013, ErrorCode::kUnavailable},
    {2026, ErrorCode::kUnavailable, "; check sslmode and sslrootcert"},
    {2059, ErrorCode::kUnauthenticated, "; the server wants another way to sign in"},
    {3024, ErrorCode::kTimeout},
    {4150, ErrorCode::kUnauthenticated},
});

constexpr uint32_t kLostNumbers[] = {2006, 2013, 1927};
constexpr uint32_t kTlsNumber = 2026;

/// How the user proves who it is; none sends the password as it is without TLS.
constexpr char kSignIns[] =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

/// A connection that hears nothing finds out within a minute.
void KeepAlive(int socket) {
  const auto set = [&](int level, int option, int value) {
    static_cast<void>(::setsockopt(socket, level, option, &value, sizeof value));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
}

/// Named always: OpenSSL's search for its own default crosses from the system's library
/// to the one inside of libparquet, which is another version.
constexpr char kAuthoritiesFolder[] = "/etc/ssl/certs";
constexpr const char* kAuthoritiesFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",    // Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",              // openSUSE
    "/etc/ssl/cert.pem"};                  // Alpine

/// Who may sign the server's certificate.
std::string AuthoritiesFile(const std::string& given) {
  if (!given.empty()) {
    return given;
  }
  for (const char* const file : kAuthoritiesFiles) {
    if (::access(file, R_OK) == 0) {
      return file;
    }
  }
  return kAuthoritiesFolder;
}

bool IsVerified(const std::string& mode) {
  return mode == "verify-ca" || mode == "verify-full";
}

struct ResultFreer {
  const ClientLibrary& calls;
  void operator()(MYSQL_RES* result) const { calls.free_result(result); }
};

}  // namespace

std::string ShownTarget(const DatabaseTarget& target) {
  return "mysql://" + target.host +
         (target.port ? ":" + std::to_string(*target.port) : "") + "/" + target.database;
}

void Connection::Closer::operator()(st_mysql* connection) const {
  calls->close(connection);
}

Connection::Connection(const ClientLibrary& calls, const DatabaseTarget& target)
    : calls_(calls),
      target_(target),
      shown_(ShownTarget(target)),
      connection_(nullptr, Closer{&calls}) {}

Connection::~Connection() {
  const std::lock_guard lock(mutex_);
  connection_.reset();
}

Result<std::unique_ptr<Connection>> Connection::Open(const DatabaseTarget& target) {
  ARROW_ASSIGN_OR_RAISE(const ClientLibrary* const calls, LoadClientLibrary());
  if (target.tls_mode == "verify-full" && !target.address.empty()) {
    return MakeError(
        ErrorCode::kNotSupported,
        "sslmode verify-full needs the host's name, which callers who do not "
        "reach the server do not connect by; use sslmode verify-ca, or a "
        "stored connection of who reaches it");
  }
  std::unique_ptr<Connection> connection(new Connection(*calls, target));
  const std::string& mode = target.tls_mode;
  const bool is_tried = mode.empty() || mode == "prefer";
  Status status = connection->Connect(/*with_tls=*/mode != "disable" && mode != "allow");
  if (is_tried && !status.ok() && connection->connection_ != nullptr &&
      calls->error_number(connection->connection_.get()) == kTlsNumber) {
    status = connection->Connect(/*with_tls=*/false);
  }
  RETURN_NOT_OK(status);
  RETURN_NOT_OK(connection->SetUp());
  return connection;
}

Status Connection::Connect(bool with_tls) {
  connection_.reset(calls_.init(nullptr));
  MYSQL* const connection = connection_.get();
  if (connection == nullptr) {
    return MakeError(ErrorCode::kOutOfMemory, "Cannot connect to " + shown_);
  }
  const auto set = [&](mysql_option option, const void* value) {
    calls_.optionsv(connection, option, value);
  };
  const my_bool yes = 1;
  const my_bool no = 0;
  const auto connect_s = static_cast<unsigned int>(
      std::max<int64_t>(1, target_.connect_timeout.count() / 1000));
  set(MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
  const unsigned int none = 0;
  set(MYSQL_OPT_LOCAL_INFILE, &none);  // a server may not ask for our files
  set(MARIADB_OPT_RESTRICTED_AUTH, kSignIns);
  const unsigned int tcp = MYSQL_PROTOCOL_TCP;
  const bool is_socket = target_.host.starts_with('/');
  if (!is_socket) {
    set(MYSQL_OPT_PROTOCOL, &tcp);
  }
  set(MYSQL_SET_CHARSET_NAME, "utf8mb4");
  const bool is_verified = with_tls && IsVerified(target_.tls_mode);
  set(MYSQL_OPT_SSL_ENFORCE, with_tls && !is_socket ? &yes : &no);
  // Of the name; the chain is checked by its authorities.
  set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT,
      with_tls && target_.tls_mode == "verify-full" ? &yes : &no);
  if (is_verified) {
    const std::string authorities = AuthoritiesFile(target_.tls_authority);
    const bool is_folder = authorities == kAuthoritiesFolder;
    set(is_folder ? MYSQL_OPT_SSL_CAPATH : MYSQL_OPT_SSL_CA, authorities.c_str());
  }
  const std::string host = target_.address.empty() ? target_.host : target_.address;
  const MYSQL* const connected =
      calls_.real_connect(connection, is_socket ? nullptr : host.c_str(),
                          target_.user.c_str(), target_.password.c_str(),
                          target_.database.empty() ? nullptr : target_.database.c_str(),
                          static_cast<unsigned int>(target_.port.value_or(0)),
                          is_socket ? host.c_str() : nullptr, 0);
  if (connected == nullptr) {
    return WithContext("Cannot connect to ", LastError());
  }
  // The library goes on without TLS where the server has none.
  const bool is_required = IsVerified(target_.tls_mode) || target_.tls_mode == "require";
  if (is_required && !is_socket && calls_.get_ssl_cipher(connection) == nullptr) {
    return MakeError(ErrorCode::kUnavailable,
                     "Cannot connect to " + shown_ +
                         ": the server has no TLS, and sslmode " + target_.tls_mode +
                         " wants it");
  }
  is_open_ = true;
  KeepAlive(static_cast<int>(calls_.get_socket(connection)));
  return Status::OK();
}

/// A server gives up on who does not read for net_write_timeout; a load may wait for its
/// writers.
Status Connection::SetUp() {
  RETURN_NOT_OK(
      Execute("SET SESSION time_zone = '+00:00', net_write_timeout = 3600, "
              "wait_timeout = 86400, lock_wait_timeout = 15, "
              "innodb_lock_wait_timeout = 15"));
  if (target_.statement_timeout) {
    const auto seconds = target_.statement_timeout->count();
    const bool is_mariadb = server_version().find("MariaDB") != std::string::npos;
    RETURN_NOT_OK(Execute(
        is_mariadb
            ? "SET SESSION max_statement_time = " + std::to_string(seconds)
            : "SET SESSION max_execution_time = " + std::to_string(seconds * 1000)));
  }
  return Execute("SET SESSION TRANSACTION READ ONLY");
}

Status Connection::BeginSnapshot() {
  RETURN_NOT_OK(Execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
  return Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
}

/// Servers do not repeat passwords; this holds if one does.
std::string Connection::Hidden(std::string text) const {
  const std::string& secret = target_.password;
  constexpr size_t kSecretCharactersMin = 4;
  for (size_t at = secret.size() < kSecretCharactersMin ? std::string::npos
                                                        : text.find(secret);
       at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
  }
  return text;
}

Status Connection::ErrorOf(uint32_t number, const std::string& message) const {
  if (number == 0) {
    return MakeError(ErrorCode::kUnavailable, "The connection to " + shown_ + " is lost");
  }
  const std::string said = Hidden(message.substr(0, message.find('\n')));
  const bool is_lost =
      std::ranges::find(kLostNumbers, number) != std::end(kLostNumbers) ||
      (number == kTlsNumber && is_open_);
  if (is_lost) {
    return MakeError(ErrorCode::kUnavailable,
                     "The connection to " + shown_ + " is lost: " + said);
  }
  const auto known = std::ranges::find(kKnown, number, &Known::number);
  const bool is_known = known != kKnown.end();
  return MakeError(is_known ? known->code : ErrorCode::kIoFailed,
                   shown_ + ": " + said +
                       (is_known ? std::string(known->advice)
                                 : " (error " + std::to_string(number) + ")"));
}

Status Connection::LastError() const {
  return ErrorOf(calls_.error_number(connection_.get()), calls_.error(connection_.get()));
}

Status Connection::Execute(const std::string& sql) {
  if (calls_.real_query(connection_.get(), sql.data(), sql.size()) != 0) {
    return LastError();
  }
  const std::unique_ptr<MYSQL_RES, ResultFreer> unread(
      calls_.store_result(connection_.get()), ResultFreer{calls_});
  return Status::OK();
}

Result<std::vector<TextRow>> Connection::Query(const std::string& sql) {
  if (calls_.real_query(connection_.get(), sql.data(), sql.size()) != 0) {
    return LastError();
  }
  const std::unique_ptr<MYSQL_RES, ResultFreer> result(
      calls_.store_result(connection_.get()), ResultFreer{calls_});
  if (result == nullptr) {
    return calls_.error_number(connection_.get()) == 0
               ? MakeError(ErrorCode::kInvalidArgument, "The statement gives no rows")
               : LastError();
  }
  const unsigned int num_columns = calls_.num_fields(result.get());
  std::vector<TextRow> rows;
  while (char** const row = calls_.fetch_row(result.get())) {
    const unsigned long* const lengths = calls_.fetch_lengths(result.get());
    TextRow& texts = rows.emplace_back();
    for (unsigned int i = 0; i < num_columns; ++i) {
      texts.push_back(row[i] == nullptr ? std::nullopt
                                        : std::optional(std::string(row[i], lengths[i])));
    }
  }
  if (calls_.error_number(connection_.get()) != 0) {
    return LastError();
  }
  return rows;
}

void Connection::Abort() {
  const std::lock_guard lock(mutex_);
  if (connection_ == nullptr) {
    return;
  }
  DatabaseTarget target = target_;
  target.connect_timeout = std::chrono::seconds(2);
  if (const auto other = Open(target); other.ok()) {
    static_cast<void>((*other)->Execute(
        "KILL QUERY " + std::to_string(calls_.thread_id(connection_.get()))));
  }
  calls_.cancel(connection_.get());
}

std::string Connection::server_version() const {
  return calls_.server_info(connection_.get());
}

std::string Connection::Quoted(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    quoted.append(c == '`' ? 2 : 1, c);
  }
  return quoted + '`';
}

std::string Connection::QuotedText(std::string_view text) {
  return "_utf8mb4 X'" + HexOf(std::string(text)) + "'";
}

}  // namespace tarn::ingest::mysql
