#include "tensorflow/core/kernels/conv_ops_impl.h"

namespace tensorflow {

template struct LaunchConv2DOp<CPUDevice, float>;

}  // namespace tensorflow
