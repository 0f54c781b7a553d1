#ifndef TENSORFLOW_CORE_FRAMEWORK_DEVICE_BASE_H_
#define TENSORFLOW_CORE_FRAMEWORK_DEVICE_BASE_H_

namespace tensorflow {

// The type that kernels are templates of, beside that of their elements.
struct ThreadPoolDevice {};
typedef ThreadPoolDevice CPUDevice;

}  // namespace tensorflow

#endif  // TENSORFLOW_CORE_FRAMEWORK_DEVICE_BASE_H_
