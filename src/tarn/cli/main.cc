#include "tarn/base/memory_pool.h"
#include "tarn/cli/app.h"

int main(int argc, char** argv) {
  tarn::UseReturningMemoryPool();
  return tarn::cli::RunTarn(argc, argv);
}
