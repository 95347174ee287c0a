#include "tarn/net/address_guard.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>

#include "tarn/base/error.h"

namespace tarn::net {
namespace {

using Bytes = std::array<uint8_t, 16>;

constexpr int kMappedBits = 96;  // of ::ffff:0:0/96

Bytes MappedOf(const uint8_t* ipv4) {
  Bytes bytes{};
  bytes[10] = 0xff;
  bytes[11] = 0xff;
  std::memcpy(bytes.data() + 12, ipv4, 4);
  return bytes;
}

std::optional<Bytes> ParseAddress(const std::string& text) {
  in_addr ipv4{};
  if (::inet_pton(AF_INET, text.c_str(), &ipv4) == 1) {
    uint8_t bytes[4];
    std::memcpy(bytes, &ipv4, 4);
    return MappedOf(bytes);
  }
  Bytes bytes{};
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, text.c_str(), &ipv6) == 1) {
    std::memcpy(bytes.data(), &ipv6, 16);
    return bytes;
  }
  return std::nullopt;
}

bool IsWithin(const Bytes& address, const Bytes& range, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(address.data(), range.data(), whole) != 0) {
    return false;
  }
  const int rest = bits % 8;
  return rest == 0 || (address[whole] ^ range[whole]) >> (8 - rest) == 0;
}

struct PrivateRange {
  const char* address;
  int bits;
};

/// What is not the public internet, by IANA's registries of special addresses.
constexpr PrivateRange kPrivate[] = {
    {"0.0.0.0", 8},      {"10.0.0.0", 8},     {"100.64.0.0", 10}, {"127.0.0.0", 8},
    {"169.254.0.0", 16}, {"172.16.0.0", 12},  {"192.0.0.0", 24},  {"192.0.2.0", 24},
    {"192.88.99.0", 24}, {"192.168.0.0", 16}, {"198.18.0.0", 15}, {"198.51.100.0", 24},
    {"203.0.113.0", 24}, {"224.0.0.0", 4},    {"240.0.0.0", 4},   {"100::", 64},
    {"2001:db8::", 32},  {"2001::", 23},      {"fc00::", 7},      {"fe80::", 10},
    {"fec0::", 10},      {"ff00::", 8},       {"5f00::", 16},     {"3fff::", 20},
    {"64:ff9b:1::", 48},
};

bool IsPrivate(const Bytes& address) {
  static const auto kRanges = [] {
    std::vector<std::pair<Bytes, int>> ranges;
    for (const PrivateRange& range : kPrivate) {
      const bool is_ipv4 = std::strchr(range.address, ':') == nullptr;
      ranges.emplace_back(*ParseAddress(range.address),
                          range.bits + (is_ipv4 ? kMappedBits : 0));
    }
    return ranges;
  }();
  return std::any_of(kRanges.begin(), kRanges.end(), [&](const auto& range) {
    return IsWithin(address, range.first, range.second);
  });
}

/// The IPv4 address that an IPv6 one stands for, as ::ffff:a.b.c.d.
std::optional<Bytes> EmbeddedIpv4(const Bytes& address) {
  static const Bytes kNat64 = *ParseAddress("64:ff9b::");
  static const Bytes k6To4 = *ParseAddress("2002::");
  static const Bytes kCompatible{};
  if (IsWithin(address, kNat64, 96) || IsWithin(address, kCompatible, 96)) {
    return MappedOf(address.data() + 12);
  }
  if (IsWithin(address, k6To4, 16)) {
    return MappedOf(address.data() + 2);
  }
  return std::nullopt;
}

std::optional<Bytes> BytesOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    uint8_t bytes[4];
    std::memcpy(bytes, &ipv4.sin_addr, 4);
    return MappedOf(bytes);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &address, sizeof(ipv6));
    Bytes bytes{};
    std::memcpy(bytes.data(), &ipv6.sin6_addr, 16);
    return bytes;
  }
  return std::nullopt;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return lower;
}

bool IsHostName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
  });
}

}  // namespace

Result<AddressGuard::Range> AddressGuard::ParseRange(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string name(text.substr(0, slash));
  const std::optional<Bytes> bytes = ParseAddress(name);
  const auto wrong = [&] {
    return MakeError(ErrorCode::kInvalidArgument,
                     "Not an address, a range of addresses like 10.1.0.0/16, a host's "
                     "name or \"all\": " +
                         std::string(text));
  };
  if (!bytes) {
    return wrong();
  }
  const int skipped = name.find(':') == std::string::npos ? kMappedBits : 0;
  int bits = 128 - skipped;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto parsed =
        std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() ||
        bits < 0 || bits > 128 - skipped) {
      return wrong();
    }
  }
  return Range{*bytes, bits + skipped};
}

Result<AddressGuard> AddressGuard::Make(std::string_view allowed) {
  AddressGuard guard;
  while (!allowed.empty()) {
    const size_t end = std::min(allowed.find_first_of(", \t\n"), allowed.size());
    const std::string word = Lower(allowed.substr(0, end));
    allowed.remove_prefix(std::min(end + 1, allowed.size()));
    if (word.empty()) {
      continue;
    }
    if (word == "all") {
      guard.allows_all_ = true;
      continue;
    }
    if (word.find('/') == std::string::npos && !ParseAddress(word) && IsHostName(word)) {
      guard.hosts_.push_back(word);
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(guard.ranges_.emplace_back(), ParseRange(word));
  }
  return guard;
}

bool AddressGuard::Allows(const sockaddr& address, std::string_view host) const {
  if (allows_all_) {
    return true;
  }
  const std::optional<Bytes> bytes = BytesOf(address);
  if (!bytes) {
    return false;
  }
  const std::optional<Bytes> embedded = EmbeddedIpv4(*bytes);
  if (!IsPrivate(*bytes) && !(embedded && IsPrivate(*embedded))) {
    return true;
  }
  const std::string name = Lower(host);
  if (std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end()) {
    return true;
  }
  return std::any_of(ranges_.begin(), ranges_.end(), [&](const Range& range) {
    return IsWithin(*bytes, range.bytes, range.bits);
  });
}

std::string AddressText(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "?";
  if (address.sa_family == AF_INET) {
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, &address, sizeof(ipv4));
    ::inet_ntop(AF_INET, &ipv4.sin_addr, text, sizeof(text));
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, &address, sizeof(ipv6));
    ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text, sizeof(text));
  }
  return text;
}

}  // namespace tarn::net
