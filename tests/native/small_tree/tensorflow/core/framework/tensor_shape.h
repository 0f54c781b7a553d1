#ifndef TENSORFLOW_CORE_FRAMEWORK_TENSOR_SHAPE_H_
#define TENSORFLOW_CORE_FRAMEWORK_TENSOR_SHAPE_H_

#include <initializer_list>
#include <string>
#include <vector>

#include "tensorflow/core/framework/tensor_shape.pb.h"
#include "tensorflow/core/platform/status.h"
#include "tensorflow/core/platform/types.h"

namespace tensorflow {

class TensorShape {
 public:
  TensorShape() = default;
  TensorShape(std::initializer_list<int64_t> sizes) : sizes_(sizes) {}

  // Whether every size is known, none is negative, and an int64 can count the elements.
  static bool IsValid(const TensorShapeProto& proto);
  static Status BuildTensorShape(const TensorShapeProto& proto, TensorShape* out);

  void AddDim(int64_t size) { sizes_.push_back(size); }
  Status AddDimWithStatus(int64_t size);
  void set_dim(int d, int64_t size) { sizes_[d] = size; }
  int dims() const { return static_cast<int>(sizes_.size()); }
  int64_t dim_size(int d) const { return sizes_[d]; }
  int64_t num_elements() const;
  void AsProto(TensorShapeProto* proto) const;
  std::string DebugString() const;  // "[2,3]"

  bool operator==(const TensorShape& other) const { return sizes_ == other.sizes_; }
  bool operator!=(const TensorShape& other) const { return sizes_ != other.sizes_; }

 private:
  std::vector<int64_t> sizes_;
};

// "[?,8,8,1]"
std::string ShapeDebugString(const TensorShapeProto& proto);

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_TENSOR_SHAPE_H_
