#include "tarn/ingest/web/internal/devtools.h"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <utility>

#include <poll.h>
#include <unistd.h>

namespace tarn::ingest::web::internal {
namespace {

using std::chrono::milliseconds;

/// Slices of a page's text are far smaller.
constexpr size_t kMessageBytesMax = size_t{64} << 20;
/// A page whose events are not taken in time is not kept.
constexpr size_t kInboxBytesMax = size_t{128} << 20;
constexpr size_t kSaidBytes = 8 * 1024;
constexpr milliseconds kLook{200};
constexpr milliseconds kWriteTimeout{10'000};

bool IsPassing(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

void CloseInbox(DevToolsInbox& inbox) {
  const std::lock_guard lock(inbox.mutex);
  inbox.is_closed = true;
  inbox.arrived.notify_all();
}

}  // namespace

DevTools::DevTools(BrowserEnds ends) : ends_(ends), reader_([this] { Read(); }) {}

DevTools::~DevTools() {
  ends_now_ = true;
  ::shutdown(ends_.socket, SHUT_RDWR);
  reader_.join();
  ::close(ends_.socket);
  ::close(ends_.errors);
}

std::string DevTools::said() const {
  const std::lock_guard lock(mutex_);
  return said_;
}

void DevTools::Read() {
  DevToolsFrames frames(kMessageBytesMax);
  while (!ends_now_) {
    std::array<pollfd, 2> entries{
        pollfd{.fd = ends_.socket, .events = POLLIN, .revents = 0},
        pollfd{
            .fd = errors_are_open_ ? ends_.errors : -1, .events = POLLIN, .revents = 0}};
    if (::poll(entries.data(), entries.size(), static_cast<int>(kLook.count())) <= 0) {
      continue;
    }
    if (entries[1].revents != 0) {
      ReadErrors();
    }
    if (entries[0].revents != 0 && !ReadSocket(&frames)) {
      break;
    }
  }
  ReadErrors();  // why it ended, perhaps
  Close();
}

bool DevTools::ReadSocket(DevToolsFrames* frames) {
  std::array<char, 64 * 1024> bytes;
  const ssize_t read = ::recv(ends_.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (read <= 0) {
    return read < 0 && IsPassing(errno);
  }
  if (!frames->Append({bytes.data(), static_cast<size_t>(read)}).ok()) {
    return false;
  }
  while (const auto text = frames->Next()) {
    Result<DevToolsMessage> message = ReadDevToolsMessage(*text);
    if (!message.ok()) {
      return false;
    }
    Deliver(std::move(*message));
  }
  return true;
}

void DevTools::ReadErrors() {
  std::array<char, 4 * 1024> bytes;
  pollfd entry{.fd = ends_.errors, .events = POLLIN, .revents = 0};
  if (!errors_are_open_ || ::poll(&entry, 1, 0) <= 0) {
    return;
  }
  const ssize_t read = ::read(ends_.errors, bytes.data(), bytes.size());
  const std::lock_guard lock(mutex_);
  if (read <= 0) {
    errors_are_open_ = read < 0 && IsPassing(errno);
    return;
  }
  said_.append(bytes.data(), static_cast<size_t>(read));
  if (said_.size() > kSaidBytes) {
    said_.erase(0, said_.size() - kSaidBytes);
  }
}

void DevTools::Deliver(DevToolsMessage message) {
  std::shared_ptr<DevToolsInbox> inbox;
  {
    const std::lock_guard lock(mutex_);
    if (message.id) {
      const auto call = calls_.extract(*message.id);
      inbox = call.empty() ? nullptr : call.mapped();
    } else {
      const auto session = sessions_.find(message.session);
      inbox = session == sessions_.end() ? nullptr : session->second;
    }
  }
  if (inbox == nullptr) {
    return;  // of a page that nobody waits for any more
  }
  const std::lock_guard lock(inbox->mutex);
  if (inbox->bytes > kInboxBytesMax) {
    inbox->is_closed = true;
  } else {
    inbox->bytes += message.bytes;
    inbox->messages.push_back(std::move(message));
  }
  inbox->arrived.notify_all();
}

void DevTools::Close() {
  is_open_ = false;
  const std::lock_guard lock(mutex_);
  for (const auto& [id, inbox] : calls_) {
    CloseInbox(*inbox);
  }
  for (const auto& [session, inbox] : sessions_) {
    CloseInbox(*inbox);
  }
}

bool DevTools::Write(std::string_view bytes) {
  const std::lock_guard lock(write_mutex_);
  while (!bytes.empty() && is_open_) {
    const ssize_t sent =
        ::send(ends_.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    pollfd entry{.fd = ends_.socket, .events = POLLOUT, .revents = 0};
    if (!IsPassing(errno) ||
        ::poll(&entry, 1, static_cast<int>(kWriteTimeout.count())) <= 0) {
      is_open_ = false;  // half a message is in its way
      ::shutdown(ends_.socket, SHUT_RDWR);
    }
  }
  return bytes.empty();
}

DevToolsChannel::DevToolsChannel(DevTools& devtools)
    : devtools_(devtools), inbox_(std::make_shared<DevToolsInbox>()) {}

DevToolsChannel::~DevToolsChannel() {
  const std::lock_guard lock(devtools_.mutex_);
  const auto is_ours = [this](const auto& entry) { return entry.second == inbox_; };
  std::erase_if(devtools_.calls_, is_ours);
  std::erase_if(devtools_.sessions_, is_ours);
}

void DevToolsChannel::Listen(const std::string& session) {
  const std::lock_guard lock(devtools_.mutex_);
  devtools_.sessions_[session] = inbox_;
}

int64_t DevToolsChannel::Send(const std::string& session, const char* method,
                              Json params) {
  const int64_t id = devtools_.next_id_++;
  Json message = {{"id", id}, {"method", method}, {"params", std::move(params)}};
  if (!session.empty()) {
    message["sessionId"] = session;
  }
  {
    const std::lock_guard lock(devtools_.mutex_);
    devtools_.calls_[id] = inbox_;
  }
  std::string text = DumpJson(message);
  text.push_back('\0');
  if (!devtools_.Write(text)) {
    CloseInbox(*inbox_);
  }
  return id;
}

std::optional<DevToolsMessage> DevToolsChannel::Receive(milliseconds wait) {
  std::unique_lock lock(inbox_->mutex);
  inbox_->arrived.wait_for(
      lock, wait, [this] { return inbox_->is_closed || !inbox_->messages.empty(); });
  if (inbox_->messages.empty()) {
    return std::nullopt;
  }
  DevToolsMessage message = std::move(inbox_->messages.front());
  inbox_->messages.pop_front();
  inbox_->bytes -= message.bytes;
  return message;
}

bool DevToolsChannel::is_open() {
  if (!devtools_.is_open()) {
    return false;
  }
  const std::lock_guard lock(inbox_->mutex);
  return !inbox_->is_closed;
}

}  // namespace tarn::ingest::web::internal
