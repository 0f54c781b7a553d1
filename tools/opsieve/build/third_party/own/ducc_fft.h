// The Fourier transforms of DUCC as TensorFlow's kernels call them: neither exceptions nor DUCC's headers reach those.
#ifndef OPSIEVE_DUCC_FFT_H_
#define OPSIEVE_DUCC_FFT_H_

#include <complex>
#include <cstddef>
#include <vector>

#include "unsupported/Eigen/CXX11/ThreadPool"

namespace ducc0::google {

using Shape = std::vector<std::size_t>;
using Stride = std::vector<std::ptrdiff_t>;

// Strides count elements. Without a pool the calling thread does all. What DUCC finds wrong ends the program.

template <typename Real>
void c2c(const std::complex<Real>* in, const Shape& in_shape, const Stride& in_stride, std::complex<Real>* out,
         const Shape& out_shape, const Stride& out_stride, const Shape& axes, bool forward, Real scale,
         Eigen::ThreadPoolInterface* pool);

template <typename Real>
void r2c(const Real* in, const Shape& in_shape, const Stride& in_stride, std::complex<Real>* out,
         const Shape& out_shape, const Stride& out_stride, const Shape& axes, bool forward, Real scale,
         Eigen::ThreadPoolInterface* pool);

template <typename Real>
void c2r(const std::complex<Real>* in, const Shape& in_shape, const Stride& in_stride, Real* out,
         const Shape& out_shape, const Stride& out_stride, const Shape& axes, bool forward, Real scale,
         Eigen::ThreadPoolInterface* pool);

}  // namespace ducc0::google

#endif  // OPSIEVE_DUCC_FFT_H_
