// What the lines of a write journal say.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tarn/storage/write_journal.h"

namespace tarn::storage {

/// "<checksum> <state> <opened> <noted> <bytes> <rows> <table> <location>\n": times in
/// milliseconds since the Unix epoch, texts percent-encoded, the checksum (FNV-1a, 32
/// bits in hexadecimal) over all that follows it.
std::string JournalLine(const JournaledFile& file);

/// Files that are neither committed nor aborted after all lines of `text`, by location. A
/// line that is cut off or does not fit its checksum is passed over.
std::map<std::string, JournaledFile> ReplayJournal(std::string_view text);

}  // namespace tarn::storage
