// Where Arrow takes memory from.
#pragma once

namespace tarn {

/// Makes Arrow's default pool one that gives freed pages back to the system at once: what
/// one thread allocates and another one frees, as producers and writers do, is otherwise
/// kept for hours by the allocators of both. Call it first in main(); does nothing where
/// ARROW_DEFAULT_MEMORY_POOL chooses or Arrow has no such pool.
void UseReturningMemoryPool();

}  // namespace tarn
