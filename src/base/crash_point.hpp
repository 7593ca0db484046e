// Places where a test build can be killed: EBB_CRASH_POINT("journal.before_commit");
//
// Without EBB_CRASH_POINTS at compile time it is nothing. With it, the environment EBB_CRASH_AT=name:count kills the process
// with SIGKILL at the count-th pass of that point (count from 1, over all threads), so that what stands on the disk at
// this very instant is what a restart finds.
#pragma once

#ifdef EBB_CRASH_POINTS

namespace ebb {
/// Counts the pass and kills the process when it is the one that EBB_CRASH_AT names.
void crash_point(const char* name) noexcept;
}  // namespace ebb

#define EBB_CRASH_POINT(name) ::ebb::crash_point(name)

#else

#define EBB_CRASH_POINT(name) static_cast<void>(0)

#endif
