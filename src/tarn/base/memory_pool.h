// How the process takes memory and gives it back.
#pragma once

namespace tarn {

/// Makes Arrow's default pool one that gives freed pages back to the system soon, and
/// the threads share the C library's: what one thread allocates and another one frees, as
/// producers and writers do, is otherwise kept for hours by the allocators of both. Call
/// it first in main(). ARROW_DEFAULT_MEMORY_POOL may choose another pool.
void KeepLittleFreedMemory();

}  // namespace tarn
