#ifndef TENSORFLOW_CORE_KERNELS_BIAS_OP_H_
#define TENSORFLOW_CORE_KERNELS_BIAS_OP_H_

#include "tensorflow/core/framework/tensor.h"

namespace tensorflow {
namespace functor {

template <typename Device, typename T>
struct Bias {
  void operator()(typename TTypes<T>::ConstFlat input, typename TTypes<T>::ConstFlat bias,
                  typename TTypes<T>::Flat output) {
    for (int64_t i = 0; i < input.size(); ++i) output(i) = input(i) + bias(i % bias.size());
  }
};

}  // namespace functor
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_BIAS_OP_H_
