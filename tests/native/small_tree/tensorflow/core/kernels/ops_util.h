#ifndef TENSORFLOW_CORE_KERNELS_OPS_UTIL_H_
#define TENSORFLOW_CORE_KERNELS_OPS_UTIL_H_

#include <string>
#include <vector>

#include "tensorflow/core/framework/tensor_shape.h"
#include "tensorflow/core/platform/status.h"

namespace tensorflow {

// A window that is moved over height and width.
struct Window {
  int64_t in_rows, in_cols;
  int64_t rows, cols;  // of the window
  int64_t row_stride, col_stride;
  int64_t out_rows, out_cols;
  int64_t pad_top, pad_left;
};

// For an input in NHWC and a window of rows x cols.
Status MakeWindow(const TensorShape& input, int64_t rows, int64_t cols, const std::vector<int32>& strides,
                  const std::string& padding, Window* window);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_OPS_UTIL_H_
