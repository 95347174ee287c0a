// The files of functions that hash, estimate and measure: what they add to the library.
#pragma once

#include "tarn/engine/internal/trino_functions/function_library.h"

namespace tarn::engine {

void AddByteHashes(FunctionLibrary& library);
void AddValueHashes(FunctionLibrary& library);
void AddDistributions(FunctionLibrary& library);
void AddDataSizes(FunctionLibrary& library);
void AddSketches(FunctionLibrary& library);
void AddQuantiles(FunctionLibrary& library);
void AddHistograms(FunctionLibrary& library);
void AddPatternMatches(FunctionLibrary& library);

}  // namespace tarn::engine
