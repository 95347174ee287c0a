// Replays a fuzz target's kept inputs: runs LLVMFuzzerTestOneInput on the empty input and
// on each file of the directories and files given. A crash, a sanitizer report or a check
// that fails ends the program.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) __attribute__((weak));

namespace {

void RunOne(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

bool RunFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path.c_str());
    return false;
  }
  // Printed first, so that the last line before a crash names the input.
  std::printf("%s\n", path.c_str());
  std::fflush(stdout);
  RunOne(std::string(std::istreambuf_iterator<char>(file), {}));
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) {
    LLVMFuzzerInitialize(&argc, &argv);
  }
  RunOne("");
  int num_inputs = 1;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    if (!std::filesystem::is_directory(path)) {
      if (std::filesystem::exists(path)) {
        if (!RunFile(path)) {
          return 1;
        }
        ++num_inputs;
      }
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) {
        if (!RunFile(entry.path())) {
          return 1;
        }
        ++num_inputs;
      }
    }
  }
  std::printf("replayed %d inputs\n", num_inputs);
  return 0;
}
