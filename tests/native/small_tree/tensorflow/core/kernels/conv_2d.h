#ifndef TENSORFLOW_CORE_KERNELS_CONV_2D_H_
#define TENSORFLOW_CORE_KERNELS_CONV_2D_H_

#include "tensorflow/core/kernels/ops_util.h"

namespace tensorflow {

// Calls f(where in the input, where in the window) for the pixels that the window covers at one place of the output.
template <typename F>
void ForEachPixel(const Window& window, int64_t out_row, int64_t out_col, F f) {
  for (int64_t row = 0; row < window.rows; ++row) {
    const int64_t in_row = out_row * window.row_stride - window.pad_top + row;
    if (in_row < 0 || in_row >= window.in_rows) continue;
    for (int64_t col = 0; col < window.cols; ++col) {
      const int64_t in_col = out_col * window.col_stride - window.pad_left + col;
      if (in_col < 0 || in_col >= window.in_cols) continue;
      f(in_row * window.in_cols + in_col, row * window.cols + col);
    }
  }
}

// Defined in conv_ops_impl.h; conv_ops_float.cc and conv_ops_double.cc instantiate it.
template <typename Device, typename T>
struct LaunchConv2DOp {
  // input: [batch, in_rows, in_cols, depth]; filter: [rows, cols, depth, out_depth]
  void operator()(const Window& window, int64_t batch, int64_t depth, int64_t out_depth, const T* input,
                  const T* filter, T* output);
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CONV_2D_H_
