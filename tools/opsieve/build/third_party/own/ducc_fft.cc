#include "ducc/google/fft.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <utility>

#include "ducc0/fft/fft.h"
#include "ducc0/fft/fft1d_impl.h"
#include "ducc0/fft/fftnd_impl.h"
#include "ducc0/infra/mav.h"
#include "ducc0/infra/threading.h"

namespace ducc0 {
namespace {

using detail_threading::thread_pool;

// The calling thread alone.
class OneThread : public thread_pool {
 public:
  std::size_t nthreads() const override { return 1; }
  std::size_t adjust_nthreads(std::size_t) const override { return 1; }
  void submit(std::function<void()> work) override { work(); }
};

class EigenThreads : public thread_pool {
 public:
  explicit EigenThreads(Eigen::ThreadPoolInterface* pool) : pool_(pool) {}
  std::size_t nthreads() const override { return static_cast<std::size_t>(pool_->NumThreads()); }
  std::size_t adjust_nthreads(std::size_t wanted) const override {
    // A thread of the pool that waited for others of it might wait for ever.
    if (pool_->CurrentThreadId() >= 0) return 1;
    return wanted == 0 ? nthreads() : std::min(wanted, nthreads());
  }
  void submit(std::function<void()> work) override { pool_->Schedule(std::move(work)); }

 private:
  Eigen::ThreadPoolInterface* pool_;
};

thread_pool*& ActivePool() {
  static thread_local thread_pool* active = nullptr;
  return active;
}

template <typename Transform>
void Run(const char* name, Eigen::ThreadPoolInterface* given, const Transform& transform) {
  OneThread one;
  try {
    if (given == nullptr) {
      detail_threading::ScopedUseThreadPool used(one);
      transform(one.nthreads());
    } else {
      EigenThreads threads(given);
      detail_threading::ScopedUseThreadPool used(threads);
      transform(threads.nthreads());
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", name, error.what());
    std::abort();
  }
}

}  // namespace

namespace detail_threading {

thread_local bool in_parallel_region = false;

thread_pool* set_active_pool(thread_pool* pool) { return std::exchange(ActivePool(), pool); }

thread_pool* get_active_pool() {
  static OneThread one;
  return ActivePool() != nullptr ? ActivePool() : &one;
}

}  // namespace detail_threading

namespace google {

template <typename Real>
void c2c(const std::complex<Real>* in, const Shape& in_shape, const Stride& in_stride, std::complex<Real>* out,
         const Shape& out_shape, const Stride& out_stride, const Shape& axes, bool forward, Real scale,
         Eigen::ThreadPoolInterface* pool) {
  Run("c2c", pool, [&](std::size_t threads) {
    ducc0::c2c(cfmav<std::complex<Real>>(in, in_shape, in_stride),
               vfmav<std::complex<Real>>(out, out_shape, out_stride), axes, forward, scale, threads);
  });
}

template <typename Real>
void r2c(const Real* in, const Shape& in_shape, const Stride& in_stride, std::complex<Real>* out,
         const Shape& out_shape, const Stride& out_stride, const Shape& axes, bool forward, Real scale,
         Eigen::ThreadPoolInterface* pool) {
  Run("r2c", pool, [&](std::size_t threads) {
    ducc0::r2c(cfmav<Real>(in, in_shape, in_stride), vfmav<std::complex<Real>>(out, out_shape, out_stride), axes,
               forward, scale, threads);
  });
}

template <typename Real>
void c2r(const std::complex<Real>* in, const Shape& in_shape, const Stride& in_stride, Real* out,
         const Shape& out_shape, const Stride& out_stride, const Shape& axes, bool forward, Real scale,
         Eigen::ThreadPoolInterface* pool) {
  Run("c2r", pool, [&](std::size_t threads) {
    ducc0::c2r(cfmav<std::complex<Real>>(in, in_shape, in_stride), vfmav<Real>(out, out_shape, out_stride), axes,
               forward, scale, threads);
  });
}

#define OPSIEVE_FOR(Real)                                                                                        \
  template void c2c<Real>(const std::complex<Real>*, const Shape&, const Stride&, std::complex<Real>*,           \
                          const Shape&, const Stride&, const Shape&, bool, Real, Eigen::ThreadPoolInterface*);   \
  template void r2c<Real>(const Real*, const Shape&, const Stride&, std::complex<Real>*, const Shape&,           \
                          const Stride&, const Shape&, bool, Real, Eigen::ThreadPoolInterface*);                 \
  template void c2r<Real>(const std::complex<Real>*, const Shape&, const Stride&, Real*, const Shape&,           \
                          const Stride&, const Shape&, bool, Real, Eigen::ThreadPoolInterface*)
OPSIEVE_FOR(float);
OPSIEVE_FOR(double);
#undef OPSIEVE_FOR

}  // namespace google
}  // namespace ducc0
