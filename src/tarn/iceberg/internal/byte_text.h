// Bytes as text: hexadecimal, base64 (RFC 4648, padded) and UUIDs.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tarn::iceberg::internal {

/// Lower-case digits out, either case in.
std::string BytesToHex(std::string_view bytes);
std::optional<std::string> BytesFromHex(std::string_view hex);

std::string BytesToBase64(std::string_view bytes);
std::optional<std::string> BytesFromBase64(std::string_view base64);

/// 16 bytes as "f79c3e09-677c-4bbd-a479-3f349cb785e7", and back.
std::string UuidToText(std::string_view bytes);
std::optional<std::string> UuidFromText(std::string_view text);

}  // namespace tarn::iceberg::internal
