#ifndef TENSORFLOW_CORE_KERNELS_CWISE_OPS_COMMON_H_
#define TENSORFLOW_CORE_KERNELS_CWISE_OPS_COMMON_H_

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"
#include "tensorflow/core/kernels/cwise_ops.h"

namespace tensorflow {

// What all binary ops share: one of the inputs may be a scalar, or both have the same shape.
class BinaryOpShared : public OpKernel {
 public:
  explicit BinaryOpShared(OpKernelConstruction* context);

 protected:
  struct BinaryOpState {
    explicit BinaryOpState(OpKernelContext* context);
    Tensor* out = nullptr;
    int64_t in0_step = 0;
    int64_t in1_step = 0;
  };
};

template <typename Device, typename Functor>
class BinaryOp : public BinaryOpShared {
 public:
  typedef typename Functor::value_type T;
  explicit BinaryOp(OpKernelConstruction* context) : BinaryOpShared(context) {}

  void Compute(OpKernelContext* context) override {
    BinaryOpState state(context);
    if (!context->status().ok()) return;
    const T* x = context->input(0).flat<T>().data();
    const T* y = context->input(1).flat<T>().data();
    for (T& z : state.out->flat<T>()) {
      z = Functor()(*x, *y);
      x += state.in0_step;
      y += state.in1_step;
    }
  }
};

template <typename Device, typename Functor>
class UnaryOp : public OpKernel {
 public:
  typedef typename Functor::value_type T;
  explicit UnaryOp(OpKernelConstruction* context) : OpKernel(context) {}

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, input.shape(), input.dtype(), &output));
    const auto x = input.flat<T>();
    for (int64_t i = 0; i < x.size(); ++i) output->flat<T>()(i) = Functor()(x(i));
  }
};

#define REGISTER(OP, D, N, F, T) \
  REGISTER_KERNEL_BUILDER(Name(N).Device(DEVICE_##D).TypeConstraint<T>("T"), OP<D##Device, F<T>>);
#define REGISTER2(OP, D, N, F, T0, T1) \
  REGISTER(OP, D, N, F, T0)            \
  REGISTER(OP, D, N, F, T1)
#define REGISTER3(OP, D, N, F, T0, T1, T2) \
  REGISTER2(OP, D, N, F, T0, T1)           \
  REGISTER(OP, D, N, F, T2)
#define REGISTER4(OP, D, N, F, T0, T1, T2, T3) \
  REGISTER2(OP, D, N, F, T0, T1)               \
  REGISTER2(OP, D, N, F, T2, T3)

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CWISE_OPS_COMMON_H_
