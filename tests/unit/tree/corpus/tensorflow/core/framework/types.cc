#include "tensorflow/core/framework/types.h"

namespace tensorflow {

const char* const DEVICE_DEFAULT = "DEFAULT";
const char* const DEVICE_CPU = "CPU";
const char* const DEVICE_GPU = "GPU";

}  // namespace tensorflow
