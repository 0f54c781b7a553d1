#include "tensorflow/core/kernels/ops_util.h"

#include <algorithm>

#include "tensorflow/core/platform/errors.h"

namespace tensorflow {
namespace {

// Sizes of the output and of what is padded before, of one dimension.
void Windowed(int64_t input, int64_t filter, int64_t stride, bool same, int64_t* output, int64_t* before) {
  *before = 0;
  if (!same) {
    *output = std::max<int64_t>(0, (input - filter + stride) / stride);
    return;
  }
  *output = (input + stride - 1) / stride;
  *before = std::max<int64_t>(0, (*output - 1) * stride + filter - input) / 2;
}

}  // namespace

Status MakeWindow(const TensorShape& input, int64_t rows, int64_t cols, const std::vector<int32>& strides,
                  const std::string& padding, Window* window) {
  if (input.dims() != 4) return errors::InvalidArgument("input must be 4-dimensional: ", input.DebugString());
  if (strides.size() != 4 || strides[1] <= 0 || strides[2] <= 0 || rows <= 0 || cols <= 0) {
    return errors::InvalidArgument("Sliding window strides field must specify 4 dimensions");
  }
  *window = Window{input.dim_size(1), input.dim_size(2), rows, cols, strides[1], strides[2], 0, 0, 0, 0};
  Windowed(window->in_rows, rows, strides[1], padding == "SAME", &window->out_rows, &window->pad_top);
  Windowed(window->in_cols, cols, strides[2], padding == "SAME", &window->out_cols, &window->pad_left);
  return OkStatus();
}

}  // namespace tensorflow
