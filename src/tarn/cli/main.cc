#include "tarn/base/memory_pool.h"
#include "tarn/cli/app.h"

int main(int argc, char** argv) {
  tarn::KeepLittleFreedMemory();
  return tarn::cli::RunTarn(argc, argv);
}
