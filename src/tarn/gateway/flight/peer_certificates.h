// Whose certificates the clients of relayed connections have shown.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tarn::gateway::flight {

/// Thread-safe; held by a shared_ptr.
class PeerCertificates : public std::enable_shared_from_this<PeerCertificates> {
 public:
  /// Of the connection with this number, until what is given goes.
  std::shared_ptr<void> Add(uint64_t connection, std::string subject) {
    const std::lock_guard lock(mutex_);
    subjects_[std::to_string(connection)] = std::move(subject);
    return std::make_shared<Entry>(shared_from_this(), std::to_string(connection));
  }
  /// Of "unix:/tmp/x/127.0.0.1@7", the relay's end of connection 7; empty: none.
  std::string SubjectOf(std::string_view peer) const {
    const std::lock_guard lock(mutex_);
    const auto found = subjects_.find(std::string(peer.substr(peer.rfind('@') + 1)));
    return found == subjects_.end() ? std::string() : found->second;
  }

 private:
  struct Entry {
    Entry(std::shared_ptr<PeerCertificates> owner, std::string connection)
        : of(std::move(owner)), key(std::move(connection)) {}
    ~Entry() {
      const std::lock_guard lock(of->mutex_);
      of->subjects_.erase(key);
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    const std::shared_ptr<PeerCertificates> of;
    const std::string key;
  };

  mutable std::mutex mutex_;
  std::map<std::string, std::string> subjects_;
};

}  // namespace tarn::gateway::flight
