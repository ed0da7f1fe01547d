#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lively::lab {

// Bytes as text (RFC 4648, section 4), and back; nothing if the text is no such thing.
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace lively::lab
