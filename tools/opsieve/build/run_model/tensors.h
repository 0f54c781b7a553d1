// Tensors from and to arrays. What differs between TensorFlow's releases is here.

#ifndef OPSIEVE_RUN_MODEL_TENSORS_H_
#define OPSIEVE_RUN_MODEL_TENSORS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "dtypes.h"
#include "npy.h"
#include "tensorflow/core/framework/tensor.h"

// The element of a DT_STRING tensor is tensorflow::tstring where the release has that (2.0), else std::string: a name
// that namespace tensorflow does not have is looked for outside it.
using tstring = std::string;
namespace tensorflow {
namespace run_model_names {
using Text = tstring;
}  // namespace run_model_names
}  // namespace tensorflow

namespace run_model {

using Text = tensorflow::run_model_names::Text;

// What TensorShape can have (TensorShapeRep::MaxDimensions).
constexpr std::size_t kMostDimensions = 254;

tensorflow::TensorShape MakeShape(const std::vector<std::int64_t>& shape);

std::vector<std::int64_t> ShapeOf(const tensorflow::Tensor& tensor);

// A tensor with the array's elements. The array must have as many as its shape says, of the type that `dtype` has in
// a .npy file.
tensorflow::Tensor MakeTensor(const Array& array, const Dtype& dtype);

tensorflow::Tensor StringScalar(const std::string& text);

// False for a tensor whose elements are no data, or that holds none (an output that nothing was written to).
bool MakeArray(const tensorflow::Tensor& tensor, Array* array);

}  // namespace run_model

#endif  // OPSIEVE_RUN_MODEL_TENSORS_H_
