#include "tensorflow/core/framework/tensor_shape.h"

#include "tensorflow/core/platform/errors.h"

namespace tensorflow {
namespace {

std::string Listed(const std::vector<int64_t>& sizes) {
  std::string text = "[";
  for (int64_t size : sizes) {
    if (text.size() > 1) text += ",";
    text += size < 0 ? "?" : std::to_string(size);
  }
  return text + "]";
}

}  // namespace

bool TensorShape::IsValid(const TensorShapeProto& proto) {
  TensorShape ignored;
  return BuildTensorShape(proto, &ignored).ok();
}

Status TensorShape::BuildTensorShape(const TensorShapeProto& proto, TensorShape* out) {
  *out = TensorShape();
  if (proto.unknown_rank()) return errors::InvalidArgument("The rank of a tensor's shape is not known");
  for (const TensorShapeProto::Dim& dim : proto.dim()) TF_RETURN_IF_ERROR(out->AddDimWithStatus(dim.size()));
  return OkStatus();
}

Status TensorShape::AddDimWithStatus(int64_t size) {
  int64_t product;
  if (size < 0 || __builtin_mul_overflow(num_elements(), size, &product)) {
    return errors::InvalidArgument("Encountered overflow or a negative size in shape ", DebugString(), " with ", size);
  }
  AddDim(size);
  return OkStatus();
}

int64_t TensorShape::num_elements() const {
  int64_t product = 1;
  for (int64_t size : sizes_) product *= size;
  return product;
}

void TensorShape::AsProto(TensorShapeProto* proto) const {
  proto->Clear();
  for (int64_t size : sizes_) proto->add_dim()->set_size(size);
}

std::string TensorShape::DebugString() const { return Listed(sizes_); }

std::string ShapeDebugString(const TensorShapeProto& proto) {
  if (proto.unknown_rank()) return "<unknown>";
  std::vector<int64_t> sizes;
  for (const TensorShapeProto::Dim& dim : proto.dim()) sizes.push_back(dim.size());
  return Listed(sizes);
}

}  // namespace tensorflow
