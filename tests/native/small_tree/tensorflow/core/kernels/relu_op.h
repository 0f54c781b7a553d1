#ifndef TENSORFLOW_CORE_KERNELS_RELU_OP_H_
#define TENSORFLOW_CORE_KERNELS_RELU_OP_H_

#include <algorithm>

#include "tensorflow/core/framework/op_kernel.h"

namespace tensorflow {

// f(one feature) for each of them.
template <typename T, T (*f)(T)>
class UnaryElementWiseOp : public OpKernel {
 public:
  explicit UnaryElementWiseOp(OpKernelConstruction* context) : OpKernel(context) {}

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, input.shape(), input.dtype(), &output));
    const auto features = input.flat<T>();
    const auto activations = output->flat<T>();
    for (int64_t i = 0; i < features.size(); ++i) activations(i) = f(features(i));
  }
};

template <typename T>
T ReluOf(T feature) {
  return std::max(feature, T(0));
}

template <typename T>
T Relu6Of(T feature) {
  return std::min(std::max(feature, T(0)), T(6));
}

template <typename Device, typename T>
class ReluOp : public UnaryElementWiseOp<T, ReluOf<T>> {
  using UnaryElementWiseOp<T, ReluOf<T>>::UnaryElementWiseOp;
};

template <typename Device, typename T>
class Relu6Op : public UnaryElementWiseOp<T, Relu6Of<T>> {
  using UnaryElementWiseOp<T, Relu6Of<T>>::UnaryElementWiseOp;
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_RELU_OP_H_
