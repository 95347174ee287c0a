// The sanitizers' defaults for our programs, so that they behave alike from ctest, a
// shell and a debugger. An environment variable (ASAN_OPTIONS, …) still wins.

// Names that the sanitizer runtimes look up.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {

const char* __asan_default_options();
const char* __ubsan_default_options();
const char* __tsan_default_options();
const char* __lsan_default_options();
const char* __lsan_default_suppressions();
const char* __tsan_default_suppressions();

// libduckdb and libarrow are not instrumented: a std::vector that they fill and we read
// looks overflown.
const char* __asan_default_options() {
  return "detect_container_overflow=0:detect_stack_use_after_return=1:"
         "allocator_may_return_null=1";
}

const char* __ubsan_default_options() { return "halt_on_error=1:print_stacktrace=1"; }

const char* __tsan_default_options() { return "halt_on_error=1:second_deadlock_stack=1"; }

const char* __lsan_default_options() { return "print_suppressions=0"; }

// What the libraries keep until the process ends. libcrypto: what Arrow has there, as the
// recorded stacks end in it, which has no frame pointers.
const char* __lsan_default_suppressions() {
  return "leak:libarrow\n"
         "leak:libcrypto\n"
         "leak:libarrow_s3\n"
         "leak:libparquet\n"
         "leak:libduckdb\n";
}

// The atomics inside libraries that are not instrumented cannot be seen, so that what
// they hand over looks like a race.
const char* __tsan_default_suppressions() {
  return "race:libduckdb.so\n"
         "race:libarrow.so\n"
         "race:libarrow_s3.so\n"
         "race:libparquet.so\n"
         "mutex:_dl_call_fini\n";  // Arrow's allocator, as the process ends
}

}  // extern "C"
// NOLINTEND(bugprone-reserved-identifier)
