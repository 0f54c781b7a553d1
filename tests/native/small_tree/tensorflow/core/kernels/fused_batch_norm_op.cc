#include <cmath>

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"

namespace tensorflow {

template <typename Device, typename T, typename U>
class FusedBatchNormOpV3 : public OpKernel {
 public:
  explicit FusedBatchNormOpV3(OpKernelConstruction* context) : OpKernel(context) {
    bool is_training;
    OP_REQUIRES_OK(context, context->GetAttr("epsilon", &epsilon_));
    OP_REQUIRES_OK(context, context->GetAttr("is_training", &is_training));
    OP_REQUIRES(context, !is_training, errors::Unimplemented("FusedBatchNormV3 for training"));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& x = context->input(0);
    const int64_t depth = x.dims() == 4 ? x.dim_size(3) : -1;
    for (int i = 1; i < 5; ++i) {
      OP_REQUIRES(
          context, context->input(i).NumElements() == depth,
          errors::InvalidArgument("scale, offset, mean and variance must have an element for each channel of x"));
    }
    Tensor* y;
    OP_REQUIRES_OK(context, context->allocate_output(0, x.shape(), x.dtype(), &y));
    const auto scale = context->input(1).flat<U>();
    const auto offset = context->input(2).flat<U>();
    const auto mean = context->input(3).flat<U>();
    const auto variance = context->input(4).flat<U>();
    for (int64_t i = 0; i < x.NumElements(); ++i) {
      const int64_t d = i % depth;
      const U factor = scale(d) / std::sqrt(variance(d) + epsilon_);
      y->flat<T>()(i) = static_cast<T>((x.flat<T>()(i) - mean(d)) * factor + offset(d));
    }
    for (int i = 1; i < 6; ++i) context->set_output(i, context->input(i % 2 == 1 ? 3 : 4));
  }

 private:
  float epsilon_;
};

REGISTER_KERNEL_BUILDER(
    Name("FusedBatchNormV3").Device(DEVICE_CPU).TypeConstraint<float>("T").TypeConstraint<float>("U"),
    FusedBatchNormOpV3<CPUDevice, float, float>);

}  // namespace tensorflow
