#include "tarn/cli/app.h"

int main(int argc, char** argv) { return tarn::cli::RunTarn(argc, argv); }
