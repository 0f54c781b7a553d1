#ifndef TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_H_
#define TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_H_

#include "tensorflow/core/platform/types.h"

namespace tensorflow {

// A matrix, or its transpose, in row-major order.
template <typename T>
struct MatrixView {
  const T* data;
  int64_t row_stride;
  int64_t column_stride;
};

namespace functor {

// Defined in matmul_functor_impl.h, and instantiated for each type in a file of its own.
template <typename Device, typename T>
struct MatMulFunctor {
  void operator()(const Device& device, MatrixView<T> a, MatrixView<T> b, int64_t rows, int64_t inner, int64_t columns,
                  T* out);
};

}  // namespace functor
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_MATMUL_FUNCTOR_H_
