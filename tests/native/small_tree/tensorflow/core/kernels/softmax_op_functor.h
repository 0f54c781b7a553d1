#ifndef TENSORFLOW_CORE_KERNELS_SOFTMAX_OP_FUNCTOR_H_
#define TENSORFLOW_CORE_KERNELS_SOFTMAX_OP_FUNCTOR_H_

#include <algorithm>
#include <cmath>

#include "tensorflow/core/platform/types.h"

namespace tensorflow {
namespace functor {

template <typename Device, typename T>
struct SoftmaxFunctor {
  void operator()(const T* logits, int64_t rows, int64_t classes, T* softmax) {
    for (int64_t row = 0; row < rows; ++row, logits += classes, softmax += classes) {
      const T largest = *std::max_element(logits, logits + classes);
      T sum = T(0);
      for (int64_t i = 0; i < classes; ++i) sum += softmax[i] = std::exp(logits[i] - largest);
      for (int64_t i = 0; i < classes; ++i) softmax[i] /= sum;
    }
  }
};

}  // namespace functor
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_SOFTMAX_OP_FUNCTOR_H_
