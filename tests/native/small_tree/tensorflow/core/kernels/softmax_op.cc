#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"
#include "tensorflow/core/kernels/softmax_op_functor.h"

namespace tensorflow {

template <typename Device, typename T>
class SoftmaxOp : public OpKernel {
 public:
  explicit SoftmaxOp(OpKernelConstruction* context) : OpKernel(context) {}

  void Compute(OpKernelContext* context) override {
    const Tensor& logits = context->input(0);
    OP_REQUIRES(context, logits.dims() >= 1, errors::InvalidArgument("logits must have >= 1 dimension"));
    const int64_t classes = logits.dim_size(logits.dims() - 1);
    Tensor* softmax;
    OP_REQUIRES_OK(context, context->allocate_output(0, logits.shape(), logits.dtype(), &softmax));
    if (logits.NumElements() == 0) return;
    functor::SoftmaxFunctor<Device, T>()(logits.flat<T>().data(), logits.NumElements() / classes, classes,
                                         softmax->flat<T>().data());
  }
};

#define REGISTER_CPU(T) \
  REGISTER_KERNEL_BUILDER(Name("Softmax").Device(DEVICE_CPU).TypeConstraint<T>("T"), SoftmaxOp<CPUDevice, T>);
TF_CALL_FLOAT_TYPES(REGISTER_CPU);
#undef REGISTER_CPU

}  // namespace tensorflow
