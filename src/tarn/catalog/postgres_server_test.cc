#include "tarn/catalog/postgres_server_test.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <unistd.h>

namespace tarn::catalog {
namespace {

namespace fs = std::filesystem;

constexpr char kSocketName[] = ".s.PGSQL.5432";

[[noreturn]] void Give(const std::string& message) {
  std::fprintf(stderr, "The tests' PostgreSQL: %s\n", message.c_str());
  std::abort();
}

/// Where initdb and postgres are: the newest version that Debian's packages installed.
std::string FindPrograms() {
  std::vector<std::string> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    if (fs::exists(entry.path() / "bin/initdb", ignored)) {
      found.push_back((entry.path() / "bin").string());
    }
  }
  if (found.empty()) {
    Give("there is none; install the package postgresql");
  }
  return *std::ranges::max_element(found);
}

/// initdb refuses root.
const passwd* OtherUser() { return geteuid() == 0 ? getpwnam("postgres") : nullptr; }

pid_t Spawn(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  const passwd* user = OtherUser();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child != 0) {
    return child;
  }
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  const bool is_other =
      user == nullptr || (setgid(user->pw_gid) == 0 && setuid(user->pw_uid) == 0);
  // It must not outlive the tests, however they end.
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (is_other && getppid() == parent) {
    execv(pointers[0], pointers.data());
  }
  _exit(127);
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

int ConnectTo(const std::string& path) {
  const int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(path);
  if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(made);
    return -1;
  }
  return made;
}

bool SendAll(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

/// The simple query COMMIT, as libpq sends it.
constexpr std::string_view kCommitMessage("COMMIT\0", 7);

}  // namespace

PostgresServer& PostgresServer::Get() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() : programs_(FindPrograms()) {
  std::string name = (fs::temp_directory_path() / "tarn-pg-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    Give("no temporary directory");
  }
  directory_ = name;
  if (const passwd* user = OtherUser()) {
    if (chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) {
      Give("cannot give away its directory");
    }
  }
  fs::permissions(directory_, fs::perms::all);
  const std::string log = directory_ + "/initdb.log";
  const pid_t initdb = Spawn({programs_ + "/initdb", "-D", directory_ + "/data", "-U",
                              "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"},
                             log);
  int status = -1;
  waitpid(initdb, &status, 0);
  if (status != 0) {
    Give("initdb failed, see " + log);
  }
  // Who needs a password, to see what becomes of a wrong one.
  const std::string hba = directory_ + "/data/pg_hba.conf";
  std::string rules;
  {
    std::ifstream file(hba);
    rules.assign(std::istreambuf_iterator<char>(file), {});
  }
  std::ofstream(hba) << "local all needs_password scram-sha-256\n" << rules;
  Start();
}

PostgresServer::~PostgresServer() {
  if (process_ > 0) {
    Stop(SIGQUIT);
  }
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void PostgresServer::Start() {
  process_ = Spawn({programs_ + "/postgres", "-D", directory_ + "/data", "-k", directory_,
                    "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                    "max_connections=200", "-c", "deadlock_timeout=100ms"},
                   directory_ + "/server.log");
  for (int i = 0; i < 600; ++i) {
    if (PQping(Uri("public").c_str()) == PQPING_OK) {
      return;
    }
    usleep(50'000);
  }
  Give("the server does not start, see " + directory_ + "/server.log");
}

void PostgresServer::Stop(int signal) {
  kill(process_, signal);
  waitpid(process_, nullptr, 0);
  process_ = -1;
}

std::string PostgresServer::Uri(const std::string& schema, const std::string& user,
                                const std::string& socket_directory) const {
  const std::string directory = socket_directory.empty() ? directory_ : socket_directory;
  return "postgresql://" + user + "@/postgres?host=" + directory +
         "&options=-csearch_path%3D" + schema;
}

std::string PostgresServer::NewSchema() {
  const std::string schema = "t" + std::to_string(++schemas_);
  Sql("public", "CREATE SCHEMA " + schema);
  return schema;
}

std::vector<std::string> PostgresServer::Sql(const std::string& schema,
                                             const std::string& sql) const {
  PGconn* connection = PQconnectdb(Uri(schema).c_str());
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  PGresult* result = PQexec(connection, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
      << PQerrorMessage(connection);
  std::vector<std::string> values;
  for (int row = 0; row < PQntuples(result); ++row) {
    for (int column = 0; column < PQnfields(result); ++column) {
      values.emplace_back(PQgetisnull(result, row, column) != 0
                              ? "NULL"
                              : PQgetvalue(result, row, column));
    }
  }
  PQclear(result);
  PQfinish(connection);
  return values;
}

PostgresWire::PostgresWire(const PostgresServer& server)
    : server_path_(server.directory() + "/" + kSocketName) {
  std::string name = (fs::temp_directory_path() / "tarn-wire-XXXXXX").string();
  directory_ = mkdtemp(name.data());
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(directory_ + "/" + kSocketName);
  const bool is_listening = bind(listener_, reinterpret_cast<const sockaddr*>(&address),
                                 sizeof(address)) == 0 &&
                            listen(listener_, 64) == 0;
  if (!is_listening) {
    Give("cannot listen in " + directory_);
  }
  acceptor_ = std::thread([this] { Accept(); });
}

PostgresWire::~PostgresWire() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  for (std::thread& thread : threads_) {
    thread.join();
  }
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void PostgresWire::Accept() {
  while (true) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) {
      return;
    }
    const int server = refuses_ ? -1 : ConnectTo(server_path_);
    if (server < 0) {
      close(client);
      continue;
    }
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, client, server] { Forward(client, server); });
  }
}

void PostgresWire::Forward(int client, int server) {
  std::array<pollfd, 2> ends = {{{client, POLLIN, 0}, {server, POLLIN, 0}}};
  std::array<char, 1 << 16> buffer = {};
  bool drops_answer = false;
  while (poll(ends.data(), ends.size(), -1) > 0) {
    const bool is_from_client = (ends[0].revents & (POLLIN | POLLHUP)) != 0;
    const int from = is_from_client ? client : server;
    const ssize_t size = recv(from, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      break;
    }
    const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
    if (is_from_client && bytes.ends_with(kCommitMessage)) {
      const Cut cut = cut_.exchange(Cut::kNever);
      num_cuts_ += cut != Cut::kNever ? 1 : 0;
      if (cut == Cut::kBeforeCommit) {
        break;
      }
      drops_answer = cut == Cut::kAfterCommit;
    }
    if (!is_from_client && drops_answer) {
      break;
    }
    if (!SendAll(is_from_client ? server : client, bytes)) {
      break;
    }
  }
  close(client);
  close(server);
}

}  // namespace tarn::catalog
