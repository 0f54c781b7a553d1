#include "tensorflow/core/kernels/bias_op.h"

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"

namespace tensorflow {

template <typename Device, typename T>
class BiasOp : public OpKernel {
 public:
  explicit BiasOp(OpKernelConstruction* context) : OpKernel(context) {
    std::string data_format;
    OP_REQUIRES_OK(context, context->GetAttr("data_format", &data_format));
    OP_REQUIRES(context, data_format == "NHWC", errors::Unimplemented("BiasAdd in ", data_format));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    const Tensor& bias = context->input(1);
    OP_REQUIRES(context, input.dims() >= 2 && bias.dims() == 1 && bias.dim_size(0) == input.dim_size(input.dims() - 1),
                errors::InvalidArgument("Must provide as many biases as the last dimension of the input tensor: ",
                                        bias.shape().DebugString(), " vs. ", input.shape().DebugString()));
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, input.shape(), input.dtype(), &output));
    functor::Bias<Device, T>()(input.flat<T>(), bias.flat<T>(), output->flat<T>());
  }
};

#define REGISTER_KERNEL(type) \
  REGISTER_KERNEL_BUILDER(Name("BiasAdd").Device(DEVICE_CPU).TypeConstraint<type>("T"), BiasOp<CPUDevice, type>);

TF_CALL_NUMBER_TYPES(REGISTER_KERNEL);
#undef REGISTER_KERNEL

}  // namespace tensorflow
