#include <limits>

#include "tensorflow/core/framework/op_kernel.h"
#include "tensorflow/core/framework/register_types.h"
#include "tensorflow/core/kernels/conv_2d.h"

namespace tensorflow {

template <typename Device, typename T>
class MaxPoolingOp : public OpKernel {
 public:
  explicit MaxPoolingOp(OpKernelConstruction* context) : OpKernel(context) {
    OP_REQUIRES_OK(context, context->GetAttr("ksize", &ksize_));
    OP_REQUIRES_OK(context, context->GetAttr("strides", &strides_));
    OP_REQUIRES_OK(context, context->GetAttr("padding", &padding_));
    OP_REQUIRES(context, ksize_.size() == 4 && ksize_[0] == 1 && ksize_[3] == 1,
                errors::Unimplemented("Pooling is not yet supported on the batch dimension."));
  }

  void Compute(OpKernelContext* context) override {
    const Tensor& input = context->input(0);
    Window window;
    OP_REQUIRES_OK(context, MakeWindow(input.shape(), ksize_[1], ksize_[2], strides_, padding_, &window));
    const int64_t depth = input.dim_size(3);
    Tensor* output;
    OP_REQUIRES_OK(context, context->allocate_output(0, {input.dim_size(0), window.out_rows, window.out_cols, depth},
                                                     input.dtype(), &output));
    const int64_t image_size = window.in_rows * window.in_cols * depth;
    T* out = output->flat<T>().data();
    for (int64_t place = 0; place < output->NumElements(); ++place) {
      const int64_t d = place % depth;
      const int64_t col = place / depth % window.out_cols;
      const int64_t row = place / depth / window.out_cols % window.out_rows;
      const T* image = input.flat<T>().data() + place / depth / window.out_cols / window.out_rows * image_size;
      T largest = std::numeric_limits<T>::lowest();
      ForEachPixel(window, row, col, [&](int64_t pixel, int64_t) {
        const T value = image[pixel * depth + d];
        if (value > largest) largest = value;
      });
      out[place] = largest;
    }
  }

 private:
  std::vector<int32> ksize_;
  std::vector<int32> strides_;
  std::string padding_;
};

#define REGISTER_MAX_POOL_KERNELS(T) \
  REGISTER_KERNEL_BUILDER(Name("MaxPool").Device(DEVICE_CPU).TypeConstraint<T>("T"), MaxPoolingOp<CPUDevice, T>);
TF_CALL_REAL_NUMBER_TYPES(REGISTER_MAX_POOL_KERNELS);
#undef REGISTER_MAX_POOL_KERNELS

}  // namespace tensorflow
