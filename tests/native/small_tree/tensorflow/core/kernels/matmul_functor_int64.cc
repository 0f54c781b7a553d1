#include "tensorflow/core/kernels/matmul_functor_impl.h"

namespace tensorflow {
namespace functor {

template struct MatMulFunctor<CPUDevice, int64_t>;

}  // namespace functor
}  // namespace tensorflow
