// What DUCC uses of threads (DUCC0_CUSTOM_LOWLEVEL_THREADING): the standard library's, and a pool that the caller gives.
#ifndef OPSIEVE_DUCC_LOWLEVEL_THREADING_H_
#define OPSIEVE_DUCC_LOWLEVEL_THREADING_H_

#include <condition_variable>
#include <mutex>

namespace ducc0::detail_threading {

using Mutex = std::mutex;
using UniqueLock = std::unique_lock<std::mutex>;
using LockGuard = std::lock_guard<std::mutex>;
using CondVar = std::condition_variable;

// Whether this thread is at work for another one, so that it must not wait for more of them.
extern thread_local bool in_parallel_region;

}  // namespace ducc0::detail_threading

#endif  // OPSIEVE_DUCC_LOWLEVEL_THREADING_H_
