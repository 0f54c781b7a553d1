#include "tensorflow/core/framework/tensor.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tensorflow/core/framework/tensor.pb.h"
#include "tensorflow/core/platform/errors.h"

namespace tensorflow {
namespace {

constexpr std::align_val_t kAlignment{64};
// More than this no tensor of this tree's models has, and a shape out of a file may say anything.
constexpr int64_t kMostBytes = int64_t{1} << 34;

std::shared_ptr<void> Allocate(DataType dtype, int64_t elements) {
  if (elements == 0) return nullptr;
  if (dtype == DT_STRING) return std::shared_ptr<tstring>(new tstring[elements], std::default_delete<tstring[]>());
  void* bytes = ::operator new(elements * DataTypeSize(dtype), kAlignment);
  return std::shared_ptr<void>(bytes, [](void* pointer) { ::operator delete(pointer, kAlignment); });
}

// The elements that a proto lists; the last one stands for all that are left.
template <typename T, typename Field>
bool FillFrom(const Field& field, FlatView<T> elements) {
  if (field.size() > elements.size()) return false;
  for (int64_t i = 0; i < elements.size(); ++i) {
    if (field.empty()) {
      elements(i) = T();
    } else {
      elements(i) = T(field.Get(i < field.size() ? static_cast<int>(i) : field.size() - 1));
    }
  }
  return true;
}

}  // namespace

Tensor::Tensor(DataType dtype, const TensorShape& shape)
    : dtype_(dtype), shape_(shape), buffer_(Allocate(dtype, shape.num_elements())) {}

Status Tensor::BuildTensor(DataType dtype, const TensorShape& shape, Tensor* out) {
  const int64_t size = dtype == DT_STRING ? sizeof(tstring) : DataTypeSize(dtype);
  if (size == 0) return errors::InvalidArgument("Type not set or not supported: ", DataTypeString(dtype));
  for (int d = 0; d < shape.dims(); ++d) {
    if (shape.dim_size(d) < 0) return errors::InvalidArgument("The shape ", shape.DebugString(), " has unknown sizes");
  }
  if (shape.num_elements() > kMostBytes / size) {
    return errors::InvalidArgument("A tensor of shape ", shape.DebugString(), " is too large");
  }
  *out = Tensor(dtype, shape);
  return OkStatus();
}

size_t Tensor::TotalBytes() const {
  return NumElements() * (dtype_ == DT_STRING ? sizeof(tstring) : DataTypeSize(dtype_));
}

bool Tensor::FromProto(const TensorProto& proto) {
  TensorShape shape;
  Tensor made;
  if (!TensorShape::BuildTensorShape(proto.tensor_shape(), &shape).ok()) return false;
  if (!BuildTensor(proto.dtype(), shape, &made).ok()) return false;
  const std::string& content = proto.tensor_content();
  bool filled = true;
  if (!content.empty()) {
    filled = made.dtype_ != DT_STRING && content.size() == made.TotalBytes();
    if (filled) std::memcpy(made.buffer_.get(), content.data(), content.size());
  } else {
    switch (made.dtype_) {
      case DT_FLOAT:
        filled = FillFrom(proto.float_val(), made.flat<float>());
        break;
      case DT_DOUBLE:
        filled = FillFrom(proto.double_val(), made.flat<double>());
        break;
      case DT_INT32:
        filled = FillFrom(proto.int_val(), made.flat<int32>());
        break;
      case DT_UINT8:
        filled = FillFrom(proto.int_val(), made.flat<uint8>());
        break;
      case DT_INT64:
        filled = FillFrom(proto.int64_val(), made.flat<int64_t>());
        break;
      case DT_BOOL:
        filled = FillFrom(proto.bool_val(), made.flat<bool>());
        break;
      case DT_STRING:
        filled = FillFrom(proto.string_val(), made.flat<tstring>());
        break;
      default:
        filled = false;
    }
  }
  if (filled) *this = made;
  return filled;
}

bool Tensor::CopyFrom(const Tensor& other, const TensorShape& shape) {
  if (other.NumElements() != shape.num_elements()) return false;
  dtype_ = other.dtype_;
  buffer_ = other.buffer_;
  shape_ = shape;
  return true;
}

StringPiece Tensor::tensor_data() const {
  return buffer_ == nullptr ? StringPiece() : StringPiece(static_cast<const char*>(buffer_.get()), TotalBytes());
}

std::string Tensor::DebugString() const {
  return strings::StrCat("Tensor<type: ", DataTypeString(dtype_), " shape: ", shape_.DebugString(), ">");
}

void Tensor::CheckType(DataType expected) const {
  if (dtype_ == expected) return;
  std::fprintf(stderr, "Check failed: dtype() == expected_dtype (%s vs. %s)\n", DataTypeString(dtype_).c_str(),
               DataTypeString(expected).c_str());
  std::abort();
}

}  // namespace tensorflow
