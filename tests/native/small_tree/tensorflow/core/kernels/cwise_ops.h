#ifndef TENSORFLOW_CORE_KERNELS_CWISE_OPS_H_
#define TENSORFLOW_CORE_KERNELS_CWISE_OPS_H_

namespace tensorflow {
namespace functor {

template <typename T>
struct add {
  typedef T value_type;
  T operator()(const T& x, const T& y) const { return x + y; }
};

template <typename T>
struct mul {
  typedef T value_type;
  T operator()(const T& x, const T& y) const { return x * y; }
};

template <typename T>
struct square {
  typedef T value_type;
  T operator()(const T& x) const { return x * x; }
};

template <typename T>
struct neg {
  typedef T value_type;
  T operator()(const T& x) const { return -x; }
};

}  // namespace functor
}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_KERNELS_CWISE_OPS_H_
