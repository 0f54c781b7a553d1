#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"
#include "tensorflow/core/kernels/conv_2d.h"

namespace tensorflow {

template <typename Device, typename T>
class DepthwiseConv2dNativeOp : public OpKernel {
 public:
  explicit DepthwiseConv2dNativeOp(OpKernelConstruction* context) : OpKernel(context) {
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
    const int64_t depth = input.dim_size(3);
    const int64_t out_depth = depth * filter.dim_size(3);
    Tensor* output;
    OP_REQUIRES_OK(context,
                   context->allocate_output(0, {input.dim_size(0), window.out_rows, window.out_cols, out_depth},
                                            input.dtype(), &output));
    const int64_t image_size = window.in_rows * window.in_cols * depth;
    T* out = output->flat<T>().data();
    for (int64_t place = 0; place < output->NumElements(); ++place) {
      const int64_t o = place % out_depth;
      const int64_t d = o / filter.dim_size(3);
      const int64_t col = place / out_depth % window.out_cols;
      const int64_t row = place / out_depth / window.out_cols % window.out_rows;
      const T* image = input.flat<T>().data() + place / out_depth / window.out_cols / window.out_rows * image_size;
      T sum = T(0);
      ForEachPixel(window, row, col, [&](int64_t pixel, int64_t in_window) {
        sum += image[pixel * depth + d] * filter.flat<T>()(in_window * out_depth + o);
      });
      out[place] = sum;
    }
  }

 private:
  std::vector<int32> strides_;
  std::string padding_;
};

#define REGISTER_CPU_KERNEL(T)                                                                     \
  REGISTER_KERNEL_BUILDER(Name("DepthwiseConv2dNative").Device(DEVICE_CPU).TypeConstraint<T>("T"), \
                          DepthwiseConv2dNativeOp<CPUDevice, T>);
TF_CALL_float(REGISTER_CPU_KERNEL);
#if !defined(PLATFORM_WINDOWS)
TF_CALL_double(REGISTER_CPU_KERNEL);
#endif

}  // namespace tensorflow
