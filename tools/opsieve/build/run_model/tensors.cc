#include "tensors.h"

#include <cstring>

namespace run_model {

using tensorflow::Tensor;
using tensorflow::TensorShape;

TensorShape MakeShape(const std::vector<std::int64_t>& shape) {
  TensorShape made;
  for (const std::int64_t size : shape) made.AddDim(size);
  return made;
}

std::vector<std::int64_t> ShapeOf(const Tensor& tensor) {
  std::vector<std::int64_t> shape;
  for (int i = 0; i < tensor.dims(); ++i) shape.push_back(tensor.dim_size(i));
  return shape;
}

Tensor MakeTensor(const Array& array, const Dtype& dtype) {
  Tensor tensor(dtype.type(), MakeShape(array.shape));
  if (dtype.kind == Kind::kString) {
    auto elements = tensor.flat<Text>();
    for (std::size_t i = 0; i < array.strings.size(); ++i) elements(static_cast<std::int64_t>(i)) = array.strings[i];
  } else if (!array.bytes.empty()) {
    // As TensorFlow's own C API fills a tensor (tensorflow/c/tf_tensor.cc).
    std::memcpy(const_cast<char*>(tensor.tensor_data().data()), array.bytes.data(), array.bytes.size());
  }
  return tensor;
}

Tensor StringScalar(const std::string& text) {
  return MakeTensor({"|S", {}, "", {text}}, *FindDtype(tensorflow::DT_STRING));
}

bool MakeArray(const Tensor& tensor, Array* array) {
  const Dtype* dtype = FindDtype(static_cast<int>(tensor.dtype()));
  if (dtype == nullptr) return false;
  *array = {dtype->npy, ShapeOf(tensor), "", {}};
  const std::int64_t count = tensor.NumElements();
  if (dtype->kind == Kind::kString) {
    const auto elements = tensor.flat<Text>();
    for (std::int64_t i = 0; i < count; ++i) array->strings.emplace_back(elements(i).data(), elements(i).size());
    return true;
  }
  if (count == 0) return true;
  const auto data = tensor.tensor_data();
  if (data.size() != static_cast<std::size_t>(count) * static_cast<std::size_t>(dtype->size)) return false;
  array->bytes.assign(data.data(), data.size());
  return true;
}

}  // namespace run_model
