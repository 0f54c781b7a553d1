#ifndef TENSORFLOW_CORE_KERNELS_CAST_OP_IMPL_H_
#define TENSORFLOW_CORE_KERNELS_CAST_OP_IMPL_H_

#include "tensorflow/core/kernels/cast_op.h"

namespace tensorflow {

template <typename Src, typename Dst>
void CastElements(const Tensor& input, Tensor* output) {
  const auto from = input.flat<Src>();
  const auto to = output->flat<Dst>();
  for (int64_t i = 0; i < from.size(); ++i) to(i) = static_cast<Dst>(from(i));
}

template <typename Src>
CastFunctorType CastFrom(DataType dst_dtype) {
  switch (dst_dtype) {
    case DT_FLOAT:
      return CastElements<Src, float>;
    case DT_INT32:
      return CastElements<Src, int32>;
    case DT_UINT8:
      return CastElements<Src, uint8>;
    default:
      return nullptr;
  }
}

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CAST_OP_IMPL_H_
