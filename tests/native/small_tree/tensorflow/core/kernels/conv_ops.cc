#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"
#include "tensorflow/core/kernels/conv_2d.h"

namespace tensorflow {

template <typename Device, typename T>
class Conv2DOp : public OpKernel {
 public:
  explicit Conv2DOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("strides", &strides_));
    OP_REQUIRES_OK(context, context->GetAttr("padding", &padding_));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    const Tensor& filter = context->input(1);
    OP_REQUIRES(context, filter.dims() == 4 && input.dims() == 4 && filter.dim_size(2) == input.dim_size(3),
                errors::InvalidArgument("input and filter must have the same depth: ", input.shape().DebugString(),
                                        " vs. ", filter.shape().DebugString()));
    Window window;
    OP_REQUIRES_OK(context,
                   MakeWindow(input.shape(), filter.dim_size(0), filter.dim_size(1), strides_, padding_, &window));
    const int64_t batch = input.dim_size(0);
    const int64_t out_depth = filter.dim_size(3);
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, {batch, window.out_rows, window.out_cols, out_depth},
                                                     input.dtype(), &output));
    LaunchConv2DOp<Device, T>()(window, batch, input.dim_size(3), out_depth, input.flat<T>().data(),
                                filter.flat<T>().data(), output->flat<T>().data());
  }

 private:
  std::vector<int32> strides_;
  std::string padding_;
};

#define REGISTER_CPU(T)                                                                               \
  REGISTER_KERNEL_BUILDER(                                                                            \
      Name("Conv2D").Device(DEVICE_CPU).TypeConstraint<T>("T").AttrConstraint("data_format", "NHWC"), \
      Conv2DOp<CPUDevice, T>);

TF_CALL_float(REGISTER_CPU);
TF_CALL_double(REGISTER_CPU);
#undef REGISTER_CPU

}  // namespace tensorflow
