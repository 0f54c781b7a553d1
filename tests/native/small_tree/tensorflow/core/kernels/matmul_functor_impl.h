#ifndef TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_IMPL_H_
#define TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_IMPL_H_

#include "tensorflow/core/framework/device_base.h"
#include "tensorflow/core/kernels/matmul_functor.h"

// Compilers for processors with vectors define one of these.
#if defined(__SSE2__) || defined(__ARM_NEON)
#include "tensorflow/core/kernels/matmul_functor_vectors.h"
#else
#define MATMUL_VECTORS
#endif

namespace tensorflow {
namespace functor {

template <typename Device, typename T>
void MatMulFunctor<Device, T>::operator()(const Device& device, MatrixView<T> a, MatrixView<T> b, int64_t rows,
                                          int64_t inner, int64_t columns, T* out) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      T sum = T(0);
      MATMUL_VECTORS
      for (int64_t k = 0; k < inner; ++k) {
        sum += a.data[i * a.row_stride + k * a.column_stride] * b.data[k * b.row_stride + j * b.column_stride];
      }
      out[i * columns + j] = sum;
    }
  }
}

}  // namespace functor
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_IMPL_H_
