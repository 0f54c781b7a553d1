#ifndef TENSORFLOW_CORE_FRAMEWORK_TENSOR_H_
#define TENSORFLOW_CORE_FRAMEWORK_TENSOR_H_

#include <memory>
#include <string>

#include "tensorflow/core/framework/tensor_shape.h"
#include "tensorflow/core/framework/types.h"

namespace tensorflow {

class TensorProto;

// A view of a tensor's elements in one dimension.
template <typename T>
class FlatView {
 public:
  FlatView(T* data, int64_t size) : data_(data), size_(size) {}
  T* data() const { return data_; }
  int64_t size() const { return size_; }
  T& operator()(int64_t i) const { return data_[i]; }
  T* begin() const { return data_; }
  T* end() const { return data_ + size_; }

 private:
  T* data_;
  int64_t size_;
};

// A view of one element.
template <typename T>
class ScalarView {
 public:
  explicit ScalarView(T* data) : data_(data) {}
  T& operator()() const { return *data_; }

 private:
  T* data_;
};

template <typename T>
struct TTypes {
  typedef FlatView<T> Flat;
  typedef FlatView<const T> ConstFlat;
  typedef ScalarView<T> Scalar;
  typedef ScalarView<const T> ConstScalar;
};

// Elements of one dtype in row-major order. Copies share the elements.
class Tensor {
 public:
  Tensor() = default;
  Tensor(DataType dtype, const TensorShape& shape);
  static Status BuildTensor(DataType dtype, const TensorShape& shape, Tensor* out);

  DataType dtype() const { return dtype_; }
  const TensorShape& shape() const { return shape_; }
  int dims() const { return shape_.dims(); }
  int64_t dim_size(int d) const { return shape_.dim_size(d); }
  int64_t NumElements() const { return shape_.num_elements(); }
  size_t TotalBytes() const;
  bool IsInitialized() const { return buffer_ != nullptr || (dtype_ != DT_INVALID && NumElements() == 0); }

  // False where the proto is not a tensor that this tree can hold.
  bool FromProto(const TensorProto& proto);
  // Shares other's elements under another shape with as many of them.
  bool CopyFrom(const Tensor& other, const TensorShape& shape);

  // The bytes of the elements; of a tensor of strings, its tstrings.
  StringPiece tensor_data() const;

  template <typename T>
  typename TTypes<T>::Flat flat() {
    return typename TTypes<T>::Flat(base<T>(), NumElements());
  }
  template <typename T>
  typename TTypes<T>::ConstFlat flat() const {
    return typename TTypes<T>::ConstFlat(base<T>(), NumElements());
  }
  template <typename T>
  typename TTypes<T>::Flat vec() {
    return flat<T>();
  }
  template <typename T>
  typename TTypes<T>::ConstFlat vec() const {
    return flat<T>();
  }
  template <typename T>
  typename TTypes<T>::Scalar scalar() {
    return typename TTypes<T>::Scalar(base<T>());
  }
  template <typename T>
  typename TTypes<T>::ConstScalar scalar() const {
    return typename TTypes<T>::ConstScalar(base<T>());
  }

  std::string DebugString() const;

 private:
  void CheckType(DataType expected) const;

  template <typename T>
  T* base() const {
    CheckType(DataTypeToEnum<T>::value);
    return static_cast<T*>(buffer_.get());
  }

  DataType dtype_ = DT_INVALID;
  TensorShape shape_{0};
  std::shared_ptr<void> buffer_;
};

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_TENSOR_H_
