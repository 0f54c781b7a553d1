#ifndef TENSORFLOW_CORE_KERNELS_CONV_OPS_IMPL_H_
#define TENSORFLOW_CORE_KERNELS_CONV_OPS_IMPL_H_

#include <algorithm>

#include "tensorflow/core/framework/device_base.h"
#include "tensorflow/core/kernels/conv_2d.h"

namespace tensorflow {

template <typename Device, typename T>
void LaunchConv2DOp<Device, T>::operator()(const Window& window, int64_t batch, int64_t depth, int64_t out_depth,
                                           const T* input, const T* filter, T* output) {
  for (int64_t image = 0; image < batch; ++image, input += window.in_rows * window.in_cols * depth) {
    for (int64_t place = 0; place < window.out_rows * window.out_cols; ++place, output += out_depth) {
      std::fill(output, output + out_depth, T(0));
      ForEachPixel(window, place / window.out_cols, place % window.out_cols, [&](int64_t pixel, int64_t in_window) {
        for (int64_t d = 0; d < depth; ++d) {
          const T value = input[pixel * depth + d];
          const T* weights = filter + (in_window * depth + d) * out_depth;
          for (int64_t o = 0; o < out_depth; ++o) output[o] += value * weights[o];
        }
      });
    }
  }
}

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CONV_OPS_IMPL_H_
