// A real PostgreSQL of the tests' own, and a wire to it that can be cut.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace tarn::catalog {

/// One server for each test program, in a temporary directory, reached through a socket
/// there; it goes when the program goes. Started by root it runs as "postgres".
class PostgresServer {
 public:
  /// Aborts the program with a message if there is no PostgreSQL to start.
  static PostgresServer& Get();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// Waits until connections are accepted.
  void Start();
  /// SIGINT is its fast shutdown, SIGQUIT as if the power had failed.
  void Stop(int signal);

  /// Of a schema of its own in the database; `socket_directory` in place of the server's.
  std::string Uri(const std::string& schema, const std::string& user = "postgres",
                  const std::string& socket_directory = "") const;
  /// A schema that nobody has used; made as the superuser.
  std::string NewSchema();
  /// Runs SQL as the superuser in `schema`; gives the result's values, row by row.
  std::vector<std::string> Sql(const std::string& schema, const std::string& sql) const;

  const std::string& directory() const { return directory_; }

 private:
  PostgresServer();

  std::string directory_;
  std::string programs_;
  pid_t process_ = -1;
  std::atomic<int> schemas_ = 0;
};

/// Sits between a client and the server. Thread-safe.
class PostgresWire {
 public:
  enum class Cut : uint8_t {
    kNever,
    kBeforeCommit,  // COMMIT does not reach the server
    kAfterCommit,   // its answer does not reach the client
  };

  explicit PostgresWire(const PostgresServer& server);
  ~PostgresWire();

  std::string directory() const { return directory_; }
  /// The next COMMIT, once.
  void CutNext(Cut cut) { cut_ = cut; }
  int num_cuts() const { return num_cuts_; }
  /// New connections are closed at once.
  void Refuse(bool refuses) { refuses_ = refuses; }

 private:
  void Accept();
  void Forward(int client, int server);

  const std::string server_path_;
  std::string directory_;
  int listener_ = -1;
  std::atomic<Cut> cut_ = Cut::kNever;
  std::atomic<int> num_cuts_ = 0;
  std::atomic<bool> refuses_ = false;
  std::mutex mutex_;
  std::vector<std::thread> threads_;  // guarded by mutex_
  std::thread acceptor_;
};

}  // namespace tarn::catalog
